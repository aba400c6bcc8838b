import type { Command } from "./command.ts";

export interface Listed {
  readonly summary: string;
  /** Loaded when it is called, so that each command starts as fast as it can. */
  load(): Promise<Command>;
}

/** Every command, in the order in which a person meets them. */
export const commands: Readonly<Record<string, Listed>> = {
  tour: {
    summary: "See it work: the life of a key, told step by step",
    load: async () => (await import("./tour.ts")).tour,
  },
  dev: {
    summary: "Run the service on this machine, for development and tests",
    load: async () => (await import("./dev.ts")).dev,
  },
  init: {
    summary: "Make the first account of an installation and print its root credentials once",
    load: async () => (await import("./init.ts")).init,
  },
  serve: {
    summary: "Run the service for others, from a configuration file",
    load: async () => (await import("./serve.ts")).serve,
  },
  status: {
    summary: "Ask a running service how it is",
    load: async () => (await import("./status.ts")).status,
  },
  audit: {
    summary: "Read the audit trail, or verify that nothing in it was changed",
    load: async () => (await import("./audit.ts")).audit,
  },
  cost: {
    summary: "Say what the installation would cost on AWS, and what would save some of it",
    load: async () => (await import("./cost.ts")).cost,
  },
  sinks: {
    summary: "Show where copies of the trail go, and how far each has come",
    load: async () => (await import("./sinks.ts")).sinks,
  },
  volumes: {
    summary: "List attached volumes and say how to use them: each is a network block device",
    load: async () => (await import("./volumes.ts")).volumes,
  },
  policy: {
    summary: "Test a team's expectations of policies, or warn of what is dangerous in them",
    load: async () => (await import("./policy.ts")).policy,
  },
  access: {
    summary: "List who can use, administer or delegate a key, and by which path",
    load: async () => (await import("./access.ts")).access,
  },
  explain: {
    summary: "Say why a call was denied, and what would allow it",
    load: async () => (await import("./explain.ts")).explain,
  },
  clock: {
    summary: "Show the service's clock, or move it forward (development only)",
    load: async () => (await import("./clock.ts")).clock,
  },
  env: {
    summary: "Encrypt the values of a .env file, and run a program with them decrypted",
    load: async () => (await import("./env.ts")).env,
  },
  xks: {
    summary: "Show keys to another KMS as external keys: a proxy of the XKS API",
    load: async () => (await import("./xks.ts")).xks,
  },
  attestation: {
    summary: "Make attestation documents for tests of what runs in an enclave (development only)",
    load: async () => (await import("./attestation.ts")).attestation,
  },
  help: {
    summary: "Explain a command",
    load: async () => (await import("./help.ts")).help,
  },
  version: {
    summary: "Print the version",
    load: async () => (await import("./version.ts")).version,
  },
};

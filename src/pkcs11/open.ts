import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ClusterSetting } from "../config.ts";
import { OperatorError } from "../errors.ts";
import { type Cluster, type Clusters, type Request, TokenFailure } from "./clusters.ts";
import { ModuleHost } from "./module-host.ts";

/** Long enough for a network HSM that is far away; a hang is noticed after it. */
const timeoutMs = 10_000;

/** Throws OperatorError for a trust anchor that cannot be read. Modules are loaded when they are needed. */
export function openClusters(settings: readonly ClusterSetting[]): Clusters {
  const clusters = new Map(settings.map((setting) => [setting.id, new TokenCluster(setting)]));
  return {
    find: (id) => clusters.get(id),
    close: () => {
      for (const cluster of clusters.values()) cluster.disconnect();
    },
  };
}

const fingerprint = (pin: string): string => createHash("sha256").update(pin).digest("hex");

class TokenCluster implements Cluster {
  readonly id: string;
  readonly place: string;
  readonly trustAnchor: string | undefined;
  readonly #setting: ClusterSetting;
  readonly #host: ModuleHost;
  /** Hash of a PIN that the token refused: it is not tried again by itself, which would lock the token. */
  #refused: string | undefined;

  constructor(setting: ClusterSetting) {
    this.#setting = setting;
    this.id = setting.id;
    this.place = `${setting.module}\n${setting.token}`;
    this.trustAnchor = setting.trustAnchorFile === undefined ? undefined : certificateIn(setting.trustAnchorFile);
    const environment = { ...inherited(), ...setting.environment };
    this.#host = new ModuleHost({ timeoutMs: setting.timeoutMs ?? timeoutMs, environment });
  }

  async connect(pin: string): Promise<void> {
    this.#refused = undefined;
    this.#host.end();
    await this.#ask(pin);
  }

  disconnect(): void {
    this.#host.end();
  }

  async generateKey(pin: string, key: string): Promise<void> {
    await this.#ask(pin, { do: "generate", key });
  }

  async destroyKey(pin: string, key: string): Promise<void> {
    await this.#ask(pin, { do: "destroy", key });
  }

  async encrypt(pin: string, key: string, iv: Buffer, associated: Buffer, message: Uint8Array): Promise<Buffer> {
    const result = await this.#ask(pin, { do: "encrypt", key, iv, associated, input: Buffer.from(message) });
    // A token that says it is done and has not done it must not be believed.
    if (typeof result === "string" || result.length !== message.length + 16)
      throw new TokenFailure("failed", "the token answers with a ciphertext of another length");
    return Buffer.from(result);
  }

  async decrypt(pin: string, key: string, iv: Buffer, associated: Buffer, sealed: Buffer): Promise<Buffer | undefined> {
    const result = await this.#ask(pin, { do: "decrypt", key, iv, associated, input: sealed });
    return typeof result === "string" ? undefined : Buffer.from(result);
  }

  async random(pin: string, count: number): Promise<Buffer> {
    const result = await this.#ask(pin, { do: "random", count });
    if (typeof result === "string" || result.length !== count) throw new TokenFailure("failed", "too few random bytes");
    return Buffer.from(result);
  }

  async #ask(pin: string, request?: Request): Promise<Uint8Array | "done" | "invalid"> {
    const { module, token, user } = this.#setting;
    if (this.#refused === fingerprint(pin)) throw new TokenFailure("incorrect pin");
    try {
      const opening = { do: "open", module, token, pin: user === undefined ? pin : `${user}:${pin}` } as const;
      return await this.#host.ask(opening, request);
    } catch (error) {
      if ((error as TokenFailure).reason === "incorrect pin") this.#refused = fingerprint(pin);
      throw error;
    }
  }
}

/** What a module needs of the environment to be found and to read its files; nothing that may hold a secret. */
function inherited(): Record<string, string> {
  const names = ["HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TZ"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function certificateIn(file: string): string {
  try {
    return new X509Certificate(readFileSync(file)).fingerprint256.replaceAll(":", "").toLowerCase();
  } catch (error) {
    throw new OperatorError(`Cannot read the trust anchor "${file}": ${(error as Error).message}`);
  }
}

import type { Import, Source } from "./house-rules-sources.ts";

/**
 * Who may import whom (docs/architecture.md draws it). A room is a folder of src/, a service's folder, or a file of
 * src/ by its name. "type" rooms may be named by `import type` only: that is what "reached through interfaces" means.
 */
interface Room {
  readonly may: readonly string[];
  readonly types?: readonly string[];
}

const ground = ["errors", "arn", "clocks"];
const service: Room = {
  may: [...ground, "operation", "marker", "policy", "crypto", "identity", "store", "xks", "volumes"],
  types: ["seal", "audit", "wire", "outbound", "pkcs11", "disks", "attestation"],
};

export const rooms: Readonly<Record<string, Room>> = {
  errors: { may: [] },
  arn: { may: [] },
  clocks: { may: [] },
  crypto: { may: ground },
  policy: { may: ground },
  config: { may: ground },
  seal: { may: [...ground, "crypto", "policy"], types: ["store", "config"] },
  store: { may: [...ground, "audit"], types: ["policy", "seal"] },
  audit: { may: [...ground, "crypto", "store"], types: ["wire", "identity", "operation", "policy", "seal"] },
  sigv4: { may: [...ground, "crypto"], types: ["wire"] },
  marker: { may: [], types: ["operation"] },
  operation: {
    may: [],
    types: [
      ...ground,
      "attestation",
      "audit",
      "disks",
      "identity",
      "meter",
      "outbound",
      "pkcs11",
      "policy",
      "seal",
      "store",
    ],
  },
  identity: {
    may: [...ground, "crypto", "policy", "sigv4", "store"],
    types: ["operation", "outbound", "seal", "wire"],
  },
  wire: { may: [...ground, "config"] },
  volumes: {
    may: [...ground, "crypto", "operation", "marker", "policy", "identity", "store", "audit"],
    types: ["seal", "disks"],
  },
  disks: { may: [...ground, "crypto"] },
  guests: { may: [...ground, "volumes"], types: ["disks", "store"] },
  deliveries: { may: [...ground, "audit", "policy", "store"], types: ["identity", "operation", "seal"] },
  lake: { may: [...ground, "audit", "store"], types: ["identity", "operation"] },
  meter: { may: [...ground, "store"], types: ["audit"] },
  jobs: { may: [...ground, "policy", "store", "audit"], types: ["seal", "operation"] },
  outbound: { may: ground, types: ["config"] },
  sinks: { may: [...ground, "audit", "outbound"], types: ["config", "store"] },
  xks: { may: [...ground, "crypto", "sigv4", "wire"], types: ["outbound"] },
  attestation: { may: [...ground, "crypto"] },
  pkcs11: { may: ground, types: ["config"] },
  house: {
    may: ground,
    types: [
      "attestation",
      "audit",
      "identity",
      "disks",
      "meter",
      "operation",
      "outbound",
      "pkcs11",
      "policy",
      "seal",
      "jobs",
      "sinks",
      "store",
      "wire",
    ],
  },
  decisions: { may: ["policy"], types: ["house", "operation"] },
  entrance: { may: [...ground, "identity"], types: ["house", "operation", "wire"] },
  permission: { may: [...ground, "identity", "policy"], types: ["house", "operation"] },
  pipeline: {
    may: [...ground, "entrance", "operation", "permission", "identity", "audit"],
    types: ["house", "store", "wire"],
  },
  seed: {
    may: [...ground, "audit", "crypto", "identity", "pipeline", "services/kms"],
    types: ["house", "store"],
  },
  main: { may: ["cli"] },
};

/** What a service stands nearer to than the others: the edge it serves, the trail it shows. */
const nearer: Readonly<Record<string, readonly string[]>> = {
  "services/claviger": ["wire"],
  "services/iam-toolbox": ["wire"],
  "services/cloudtrail": ["audit", "deliveries", "lake"],
  "services/ce": ["meter"],
};

/** These tie the rooms together, so they may open every door. */
const composers = new Set(["server", "composition", "retention", "cli", "test", "tools", "bench"]);

export function roomOf(path: string): string {
  const [top = "", second = "", third = ""] = path.split("/");
  if (top !== "src") return top;
  if (second === "services") return `services/${third}`;
  return second.replace(/\.ts$/, "");
}

const isTest = (path: string): boolean => path.endsWith(".test.ts") || path.endsWith("/testing.ts");

/** An arrow that the table does not draw. */
export function forbiddenImports(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !isTest(path))
    .flatMap((source) =>
      source.imports
        .filter((imported) => imported.local && !mayImport(source.path, imported))
        .map(
          ({ to, typeOnly }) =>
            `${source.path} imports ${to}: ${roomOf(source.path)} must not know ${roomOf(to)}` +
            (typeOnly ? "" : " (see the table of rooms in tools/house-rules-imports.ts)"),
        ),
    );
}

function mayImport(from: string, { to, typeOnly }: Import): boolean {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room === target || composers.has(room)) return true;
  const beyond = nearer[room];
  const table = beyond ? { ...service, may: [...service.may, ...beyond] } : rooms[room];
  const { may, types = [] } = table ?? (room.startsWith("services/") ? service : { may: [] });
  return may.includes(target) || (typeOnly && types.includes(target));
}

/** Files that import each other in a circle; type imports are erased and make none. */
export function cycles(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`${[...trail.slice(start), path].join(" → ")}: these files import each other`);
    if (start >= 0 || done.has(path)) return;
    for (const { to, local, typeOnly, lazy } of byPath.get(path)?.imports ?? [])
      if (local && !typeOnly && !lazy) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}

/** Dependencies that one room alone may know, and may load only when they are needed. */
const packageRooms: Readonly<Record<string, string>> = {
  "@noble/curves": "crypto",
  "@noble/post-quantum": "crypto",
  "@opentelemetry/otlp-transformer": "sinks",
  "@opentelemetry/resources": "sinks",
};

/** `@noble/curves/nist.js` belongs to `@noble/curves`. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** Dependencies of the program itself: built-in modules, and what docs/decisions.md gives a reason for. */
export function foreignPackages(sources: readonly Source[], allowed: readonly string[]): string[] {
  const inSource = sources.filter(({ path }) => path.startsWith("src/") && !isTest(path));
  return inSource.flatMap(({ path, imports }) =>
    imports
      .filter(({ to, local, typeOnly }) => !local && !typeOnly && !to.startsWith("node:"))
      .flatMap(({ to, lazy }) => {
        const name = packageOf(to);
        const room = packageRooms[name];
        if (!allowed.includes(name)) return [`${path} imports "${to}": the program depends on node: modules only`];
        if (room !== undefined && roomOf(path) !== room) return [`${path} imports "${to}": ${room}/ alone may`];
        return room !== undefined && !lazy ? [`${path} imports "${to}": load it with import() when it is needed`] : [];
      }),
  );
}

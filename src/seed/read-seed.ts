import { readFileSync } from "node:fs";
import { OperatorError } from "../errors.ts";
import { Place } from "./place.ts";
import { readKey } from "./read-key.ts";
import type { Seed, SeedAccessKey, SeedAccount, SeedPolicy, SeedPrincipal } from "./seed.ts";

const mostBytes = 16 * 1024 * 1024;

/** The whole file is checked before anything of it is planted. Throws OperatorError that names the place. */
export async function readSeed(file: string): Promise<Seed> {
  const root = new Place(parsed(file), "", file);
  root.object(["accounts"]);
  const accounts: SeedAccount[] = [];
  for (const place of root.at("accounts").list()) accounts.push(await readAccount(place));
  refuseTwice(
    accounts.map(({ id, path }) => [id, path]),
    root,
  );
  refuseTwice(
    accounts.flatMap(accessKeysOf).map(({ id, path }) => [id, path]),
    root,
  );
  refuseTwice(
    accounts.flatMap(({ keys }) => keys).map(({ id, region, path }) => [`${region}/${id}`, path]),
    root,
  );
  return { file, accounts };
}

const accessKeysOf = ({ accessKeys, users }: SeedAccount): readonly SeedAccessKey[] => [
  ...accessKeys,
  ...users.flatMap((user) => user.accessKeys),
];

function refuseTwice(named: readonly (readonly [name: string, path: string])[], root: Place): void {
  const first = new Map<string, string>();
  for (const [name, path] of named) {
    const before = first.get(name);
    if (before !== undefined) root.refuse(`has "${name}" twice, at ${before} and at ${path}`);
    first.set(name, path);
  }
}

async function readAccount(place: Place): Promise<SeedAccount> {
  place.object(["id", "name", "accessKeys", "policies", "users", "roles", "keys"]);
  const id = place.at("id").text(/^\d{12}$/, "twelve digits");
  const keys = [];
  for (const key of place.at("keys").list()) keys.push(await readKey(key));
  return {
    path: place.path,
    id,
    name: place.at("name").optionalText() ?? id,
    accessKeys: place.at("accessKeys").list().map(readAccessKey),
    policies: readPolicies(place.at("policies")),
    users: place
      .at("users")
      .list()
      .map((user) => readPrincipal(user, ["accessKeys"])),
    roles: place
      .at("roles")
      .list()
      .map((role) => ({ ...readPrincipal(role, ["trust"]), trust: role.at("trust").document() })),
    keys,
  };
}

function readAccessKey(place: Place): SeedAccessKey {
  place.object(["id", "secret"]);
  return {
    path: place.path,
    id: place.at("id").text(/^A[KS]IA[A-Z0-9]{12,124}$/, "an access key id: AKIA and at least 12 capitals or digits"),
    secret: place.at("secret").text(/^[!-~]{16,128}$/, "a secret of 16 to 128 printable characters"),
  };
}

function readPrincipal(place: Place, more: readonly string[]): SeedPrincipal {
  place.object(["name", "tags", "inline", "attached", ...more]);
  return {
    path: place.path,
    name: place.at("name").text(),
    tags: place.at("tags").tags(),
    inline: readPolicies(place.at("inline")),
    attached: place
      .at("attached")
      .list()
      .map((arn) => arn.text(/^arn:/, "the ARN of a managed policy")),
    accessKeys: place.at("accessKeys").list().map(readAccessKey),
  };
}

/** `{ NAME: policy }` */
const readPolicies = (place: Place): SeedPolicy[] =>
  place.members().map(([name, policy]) => ({ path: policy.path, name, document: policy.document() }));

function parsed(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new OperatorError(`Cannot read the seed "${file}": ${missing ? "there is no such file" : String(error)}`);
  }
  if (text.length > mostBytes)
    throw new OperatorError(`Cannot read the seed "${file}": it is larger than ${mostBytes} bytes`);
  try {
    return JSON.parse(text);
  } catch (error) {
    // What the parser quotes may be a secret: only the position is told.
    const at = /at position \d+ \(line (\d+)/.exec((error as Error).message)?.[1];
    throw new OperatorError(
      `Cannot read the seed "${file}": it is not JSON${at === undefined ? "" : `, see line ${at}`}`,
    );
  }
}

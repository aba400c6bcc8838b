import { iamArn } from "../src/arn.ts";
import { mintAccessKeyId, mintSecret, mintUniqueId, newAccessKey } from "../src/identity/access-keys.ts";
import { entityId, type Role, type User } from "../src/identity/entities.ts";
import { sealSession, sessionSecret } from "../src/identity/session-token.ts";
import type { Change, Entity } from "../src/store/entities.ts";
import type { Credentials, TestServer } from "./kit.ts";

/** Users and roles put straight into the store, for tests that are about what they may do and not about IAM. */

export const account = "000000000000";

/** Commits rows past every decision: what no call can bring about (a key state that has no operation yet). */
export function commit(server: TestServer, changes: readonly Change[]): Promise<void> {
  const { store } = server.house;
  const submission = { changes, records: [], used: [], decidedAt: store.changeNumber };
  return new Promise((resolve, reject) =>
    store.commit(submission, (outcome) =>
      outcome === "done" ? resolve() : reject(outcome instanceof Error ? outcome : new Error(outcome)),
    ),
  );
}

export interface Person {
  readonly arn: string;
  readonly uniqueId: string;
  readonly credentials: Credentials;
}

const allowing = (actions: readonly string[], more: object = {}): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: "*", ...more }],
  });

const inline = (actions: readonly string[]): Record<string, string> =>
  actions.length > 0 ? { allow: allowing(actions) } : {};

/** A user with one access key, allowed these actions by a policy of its own. */
export async function addUser(
  server: TestServer,
  name: string,
  actions: readonly string[] = [],
  of: string = account,
): Promise<Person> {
  const { entities, seal } = server.house;
  const uniqueId = mintUniqueId("AIDA");
  const arn = iamArn(of, `user/${name}`);
  const user: User = { ...named(of, name, uniqueId, arn), inline: inline(actions), groups: [] };
  const credentials = { accessKeyId: mintAccessKeyId(of, "AKIA"), secretAccessKey: mintSecret() };
  const key = { id: credentials.accessKeyId, account: of, userName: name, status: "Active", createdAt: 0 } as const;
  await commit(server, [
    entities.create("user", entityId(of, name), user, { scope: of }),
    newAccessKey(entities, seal, key, credentials.secretAccessKey),
  ]);
  return { arn, uniqueId, credentials };
}

/** A role, and the credentials of a session of it. */
export async function addRole(
  server: TestServer,
  name: string,
  actions: readonly string[] = [],
  of: string = account,
): Promise<Person & { readonly sessionArn: string }> {
  const { entities, seal, clocks } = server.house;
  const uniqueId = mintUniqueId("AROA");
  const arn = iamArn(of, `role/${name}`);
  const trust = { text: '{"Version":"2012-10-17","Statement":[]}' };
  const role: Role = { ...named(of, name, uniqueId, arn), inline: inline(actions), trust, maxSessionSeconds: 3600 };
  await commit(server, [entities.create("role", entityId(of, name), role, { scope: of })]);
  const accessKeyId = mintAccessKeyId(of, "ASIA");
  const now = clocks.wall();
  const sessionToken = sealSession(seal, accessKeyId, {
    account: of,
    entityId: entityId(of, name),
    uniqueId,
    name: "s1",
    kind: "assumed-role",
    issuedAt: now,
    expiresAt: now + 3_600_000,
    mfa: false,
    tags: [],
    transitiveTagKeys: [],
  });
  const credentials = { accessKeyId, secretAccessKey: sessionSecret(seal, accessKeyId), sessionToken };
  return { arn, uniqueId, credentials, sessionArn: `arn:aws:sts::${of}:assumed-role/${name}/s1` };
}

/** The entity goes; whoever comes after it under the same name is somebody else. */
export async function removeEntity(
  server: TestServer,
  kind: "user" | "role",
  name: string,
  of: string = account,
): Promise<void> {
  const entity = server.house.entities.get(kind, entityId(of, name)) as Entity<unknown>;
  await commit(server, [server.house.entities.delete(entity)]);
}

const named = (of: string, name: string, uniqueId: string, arn: string) => ({
  account: of,
  name,
  path: "/",
  uniqueId,
  arn,
  createdAt: 0,
  tags: [],
  attached: [],
});

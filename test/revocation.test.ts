import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test } from "node:test";
import type { Server } from "../src/server.ts";
import { type Credentials, testServer } from "./kit.ts";
import { addUser } from "./people-kit.ts";
import { type Got, kmsCall, send } from "./wire-kit.ts";

const rounds = 12;
const users = 10;
const agent = new Agent({ keepAlive: true });

const ask = (server: Server, operation: string, input: object, credentials?: Credentials): Promise<Got> =>
  send(server, kmsCall(server, operation, input, credentials ? { credentials } : {}), agent);

const statement = (Action: string, principal: string) => ({
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::000000000000:${principal}` },
  Action,
  Resource: "*",
});
const policy = (...more: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [statement("kms:*", "root"), ...more] });

interface Recorded {
  readonly eventName: string;
  readonly errorCode?: string;
  readonly resources: readonly { ARN: string }[];
}

const revocations: Record<string, (KeyId: string) => readonly [operation: string, input: object, refusal: string]> = {
  DisableKey: (KeyId) => ["DisableKey", { KeyId }, "DisabledException"],
  PutKeyPolicy: (KeyId) => ["PutKeyPolicy", { KeyId, Policy: policy() }, "AccessDeniedException"],
  ScheduleKeyDeletion: (KeyId) => [
    "ScheduleKeyDeletion",
    { KeyId, PendingWindowInDays: 7 },
    "KMSInvalidStateException",
  ],
};

for (const [name, revocation] of Object.entries(revocations))
  test(`once ${name} is answered nobody's Encrypt succeeds, begun before or after`, async () => {
    await using server = await testServer();
    const alice = await addUser(server, "alice");
    for (let round = 0; round < rounds; round++) {
      const Policy = policy(statement("kms:Encrypt", "user/alice"));
      const made = JSON.parse((await ask(server, "CreateKey", { Policy })).text) as { KeyMetadata: { KeyId: string } };
      const { KeyId } = made.KeyMetadata;
      const [operation, input, refusal] = revocation(KeyId);
      let revoked = false;
      const use = async (): Promise<void> => {
        for (let last = false; !last; ) {
          const began = revoked;
          last = began;
          const { status, code } = await ask(server, "Encrypt", { KeyId, Plaintext: "AA==" }, alice);
          if (began) assert.equal(code, refusal);
          else assert.ok(status === 200 || code === refusal, code);
        }
      };
      const revoke = async (): Promise<void> => {
        await Promise.all([0, 1].map(() => ask(server, "Encrypt", { KeyId, Plaintext: "AA==" }, alice)));
        assert.equal((await ask(server, operation, input)).status, 200);
        revoked = true;
      };
      await Promise.all([revoke(), ...Array.from({ length: users }, use)]);
    }
    // The trail is the order in which things became true: no success stands behind the revocation of its key.
    const revokedKeys = new Set<string>();
    let uses = 0;
    const records: Recorded[] = [];
    for (let after = 0; ; ) {
      const { lines, next } = await server.house.store.trail.after(after, 1000);
      if (lines.length === 0) break;
      records.push(...lines.map((line) => JSON.parse(line) as Recorded));
      after = next;
    }
    for (const { eventName, errorCode, resources } of records) {
      const arn = resources[0]?.ARN ?? "";
      if (eventName === name && errorCode === undefined) revokedKeys.add(arn);
      if (eventName !== "Encrypt" || errorCode !== undefined) continue;
      uses += 1;
      assert.ok(!revokedKeys.has(arn), "an Encrypt was answered after its key was revoked");
    }
    assert.equal(revokedKeys.size, rounds);
    assert.ok(uses > rounds);
  });

test.after(() => agent.destroy());

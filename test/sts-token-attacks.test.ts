import assert from "node:assert/strict";
import { test } from "node:test";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { ListKeysCommand } from "@aws-sdk/client-kms";
import { GetCallerIdentityCommand, GetFederationTokenCommand } from "@aws-sdk/client-sts";
import fc from "fast-check";
import { document, newUser } from "./iam-kit.ts";
import { type Credentials, iam, kms, root, rootOf, sts, type TestServer, testServer } from "./kit.ts";
import { rootSession } from "./people-kit.ts";
import { refused } from "./refused.ts";
import { allowUser, assume, credentialsOf, newRole, whoIs } from "./sts-kit.ts";

const unknown = refused("InvalidClientTokenId", /^The security token included in the request is invalid\.$/);

/** A user that may do everything in STS, a role that may do everything, and a session of it. */
async function staged(server: TestServer): Promise<{ user: Credentials; session: Required<Credentials> }> {
  const user = await newUser(server, "ann");
  await allowUser(server, "ann", "sts:*");
  await newRole(server, "role");
  return { user, session: (await assume(server, user, "role")) as Required<Credentials> };
}

test("a token with any of its bytes changed, cut short or made longer is no token", async () => {
  await using server = await testServer();
  const { session } = await staged(server);
  const bytes = Buffer.from(session.sessionToken, "base64");
  const withToken = (changed: Buffer) => whoIs(server, { ...session, sessionToken: changed.toString("base64") });
  const flipped = (at: number, by: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed[at]! ^= by;
    return changed;
  };
  // Version, nonce, ciphertext, tag.
  for (const at of [0, 1, 12, 13, bytes.length - 17, bytes.length - 16, bytes.length - 1])
    await assert.rejects(withToken(flipped(at, 1)), unknown, `byte ${at}`);
  const anywhere = fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) =>
    assert.rejects(withToken(flipped(at, by)), unknown),
  );
  await fc.assert(anywhere, { numRuns: 40, seed: 1 });
  for (const other of [bytes.subarray(0, -1), bytes.subarray(1), Buffer.concat([bytes, bytes]), bytes.subarray(0, 5)])
    await assert.rejects(withToken(other), unknown);
  assert.match(await whoIs(server, session), /assumed-role\/role\/session$/);
});

test("a token belongs to one access key of one installation, and a session to its token", async () => {
  await using server = await testServer();
  await using other = await testServer();
  const { user, session } = await staged(server);
  const second = (await assume(server, user, "role", { Policy: document("kms:ListKeys") })) as Required<Credentials>;
  const mixed = (key: Credentials, sessionToken?: string): Credentials => ({
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
  });
  for (const [name, credentials] of [
    ["a wider session's token with a narrower one's key", mixed(second, session.sessionToken)],
    ["the other way round", mixed(session, second.sessionToken)],
    ["a user's key with a session's token", mixed(user, session.sessionToken)],
    ["the well-known key with a session's token", mixed(root, session.sessionToken)],
    ["another account's well-known key", mixed(rootOf("111122223333"), session.sessionToken)],
    ["a session's key without its token", mixed(session)],
    ["an empty token", mixed(session, "")],
    ["a long token", mixed(session, "A".repeat(8000))],
  ] as const)
    await assert.rejects(whoIs(server, credentials), /invalid|IncompleteSignature/, name);
  await assert.rejects(whoIs(other, session), unknown);
  await assert.rejects(
    whoIs(server, { ...session, secretAccessKey: second.secretAccessKey }),
    refused("SignatureDoesNotMatch"),
  );
});

test("a session ends at its time, for every service, and is told so only to who holds its secret", async () => {
  await using server = await testServer();
  const now = Date.now();
  const stale = rootSession(server, now - 7_200_000, now - 1);
  await assert.rejects(whoIs(server, stale), refused("ExpiredToken", /included in the request is expired$/));
  await assert.rejects(
    kms(server, stale).send(new ListKeysCommand({})),
    refused("ExpiredTokenException", /^The security token included in the request is expired$/),
  );
  await assert.rejects(iam(server, stale).send(new ListUsersCommand({})), refused("ExpiredToken"));
  await assert.rejects(whoIs(server, { ...stale, secretAccessKey: "a".repeat(40) }), refused("SignatureDoesNotMatch"));
  const issuedTomorrow = rootSession(server, now + 86_400_000, now + 2 * 86_400_000);
  assert.ok(await whoIs(server, issuedTomorrow));
});

test("a session policy that allows more than its role or user may gives nothing more", async () => {
  await using server = await testServer();
  const { user } = await staged(server);
  const guest = await sts(server, user).send(new GetFederationTokenCommand({ Name: "guest", Policy: document("*") }));
  const session = credentialsOf(guest.Credentials!);
  await assert.rejects(
    kms(server, session).send(new ListKeysCommand({})),
    refused("AccessDeniedException", /because no identity-based policy allows the kms:ListKeys action$/),
  );
  assert.ok(await sts(server, session).send(new GetCallerIdentityCommand({})));
});

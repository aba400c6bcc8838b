import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import {
  CreateGrantCommand,
  type CreateGrantCommandInput,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  ListGrantsCommand,
  RevokeGrantCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import type { SqliteStore } from "../src/store/sqlite.ts";
import { advance } from "./clock.ts";
import { kms, rootOf, testServer, type TestServer } from "./kit.ts";
import { addRole, addUser, type Person, removeEntity } from "./principals.ts";
import { refused } from "./refused.ts";

const Plaintext = Buffer.from("attack at dawn");

async function stage(): Promise<{ server: TestServer; admin: ReturnType<typeof kms>; KeyId: string; alice: Person }> {
  const server = await testServer();
  const admin = kms(server);
  const { KeyMetadata } = await admin.send(new CreateKeyCommand({}));
  return { server, admin, KeyId: KeyMetadata!.Arn!, alice: await addUser(server, "alice") };
}

const encrypting = (server: TestServer, person: Person, KeyId: string, more: object = {}) =>
  kms(server, person.credentials).send(new EncryptCommand({ KeyId, Plaintext, ...more }));

test("a grant allows its grantee its operations and nothing else, until it is revoked", async () => {
  const { server, admin, KeyId, alice } = await stage();
  await using _ = server;
  await assert.rejects(encrypting(server, alice, KeyId), refused("AccessDeniedException"));
  const grant = await admin.send(
    new CreateGrantCommand({ KeyId, GranteePrincipal: alice.arn, Operations: ["Encrypt", "DescribeKey"] }),
  );
  assert.match(grant.GrantId!, /^[0-9a-f]{64}$/);
  const { CiphertextBlob } = await encrypting(server, alice, KeyId);
  await kms(server, alice.credentials).send(new DescribeKeyCommand({ KeyId }));
  const decrypt = kms(server, alice.credentials).send(new DecryptCommand({ CiphertextBlob }));
  await assert.rejects(decrypt, refused("AccessDeniedException"));
  const bob = await addUser(server, "bob");
  await assert.rejects(encrypting(server, bob, KeyId), refused("AccessDeniedException"));
  await admin.send(new RevokeGrantCommand({ KeyId, GrantId: grant.GrantId }));
  await assert.rejects(encrypting(server, alice, KeyId), refused("AccessDeniedException"));
  await assert.rejects(
    admin.send(new RevokeGrantCommand({ KeyId, GrantId: grant.GrantId })),
    refused("NotFoundException", /^Grant ID [0-9a-f]{64} not found$/),
  );
});

test("tokens differ, are interchangeable, cannot be made up, and give nothing to anybody else", async () => {
  const { server, admin, KeyId, alice } = await stage();
  await using _ = server;
  const input = { KeyId, GranteePrincipal: alice.arn, Operations: ["Encrypt"], Name: "once" } as const;
  const first = await admin.send(new CreateGrantCommand({ ...input, Operations: ["Encrypt"] }));
  const second = await admin.send(new CreateGrantCommand({ ...input, Operations: ["Encrypt"] }));
  assert.equal(first.GrantId, second.GrantId);
  assert.notEqual(first.GrantToken, second.GrantToken);
  for (const { GrantToken } of [first, second]) await encrypting(server, alice, KeyId, { GrantTokens: [GrantToken!] });
  const bob = await addUser(server, "bob");
  const GrantTokens = [first.GrantToken!];
  await assert.rejects(encrypting(server, bob, KeyId, { GrantTokens }), refused("AccessDeniedException"));
  const flipped = Buffer.from(first.GrantToken!, "base64");
  flipped[20]! ^= 1;
  for (const forged of ["garbage", flipped.toString("base64"), `${first.GrantToken} `, ""]) {
    const expected = refused(forged === "" ? "ValidationException" : "InvalidGrantTokenException");
    await assert.rejects(encrypting(server, alice, KeyId, { GrantTokens: [forged] }), expected);
  }
  await admin.send(new RevokeGrantCommand({ KeyId, GrantId: first.GrantId }));
  await assert.rejects(encrypting(server, alice, KeyId, { GrantTokens }), refused("AccessDeniedException"));
});

test("a name stands for all parameters together", async () => {
  const { server, admin, KeyId, alice } = await stage();
  await using _ = server;
  const make = async (more: Partial<CreateGrantCommandInput>) =>
    (
      await admin.send(
        new CreateGrantCommand({ KeyId, GranteePrincipal: alice.arn, Operations: ["Encrypt", "Decrypt"], ...more }),
      )
    ).GrantId!;
  const named = await make({ Name: "n" });
  assert.equal(await make({ Name: "n", Operations: ["Decrypt", "Encrypt", "Encrypt"] }), named);
  const others = [
    await make({ Name: "n", Operations: ["Encrypt"] }),
    await make({ Name: "m" }),
    await make({ Name: "n", Constraints: { EncryptionContextSubset: { a: "1" } } }),
    await make({ Name: "n", RetiringPrincipal: alice.arn }),
    await make({}),
    await make({}),
  ];
  assert.equal(new Set([named, ...others]).size, 7);
  await admin.send(new RevokeGrantCommand({ KeyId, GrantId: named }));
  assert.notEqual(await make({ Name: "n" }), named);
});

test("constraints hold to the letter", async () => {
  const { server, admin, KeyId, alice } = await stage();
  await using _ = server;
  const grant = (Constraints: CreateGrantCommandInput["Constraints"]) =>
    admin.send(new CreateGrantCommand({ KeyId, GranteePrincipal: alice.arn, Operations: ["Encrypt"], Constraints }));
  const allowed = (EncryptionContext: Record<string, string>) =>
    encrypting(server, alice, KeyId, { EncryptionContext }).then(
      () => true,
      (error: Error) => error.name !== "AccessDeniedException",
    );
  const { GrantId } = await grant({ EncryptionContextEquals: { Tenant: "seven", b: "2" } });
  assert.ok(await allowed({ b: "2", Tenant: "seven" }));
  for (const context of [
    {},
    { Tenant: "seven" },
    { Tenant: "seven", b: "2", c: "3" },
    { tenant: "seven", b: "2" },
    { Tenant: "Seven", b: "2" },
    { Tenant: "seven", b: "2", B: "2" },
  ])
    assert.ok(!(await allowed(context)), JSON.stringify(context));
  await admin.send(new RevokeGrantCommand({ KeyId, GrantId }));
  await grant({ EncryptionContextSubset: { Tenant: "seven", b: "2" } });
  assert.ok(await allowed({ Tenant: "seven", b: "2", c: "3" }));
  assert.ok(!(await allowed({ Tenant: "seven", c: "3" })));
  assert.ok(!(await allowed({ TENANT: "seven", b: "2" })));
  for (const Constraints of [
    { EncryptionContextSubset: { a: "1" }, EncryptionContextEquals: { a: "1" } },
    { EncryptionContextSubset: { a: "x".repeat(385) } },
    { EncryptionContextEquals: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, "v"])) },
    { SourceArn: "not-an-arn" },
  ])
    await assert.rejects(grant(Constraints), refused("ValidationException"));
});

test("who comes back under an old name inherits no grant, and lists show who it was", async () => {
  const { server, admin, KeyId } = await stage();
  await using _ = server;
  const role = await addRole(server, "worker");
  for (const GranteePrincipal of [role.arn, role.sessionArn])
    await admin.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ["Encrypt"] }));
  await encrypting(server, role, KeyId);
  await removeEntity(server, "role", "worker");
  const again = await addRole(server, "worker");
  await assert.rejects(encrypting(server, again, KeyId), refused("AccessDeniedException"));
  const { Grants } = await admin.send(new ListGrantsCommand({ KeyId }));
  assert.deepEqual(Grants!.map(({ GranteePrincipal }) => GranteePrincipal).toSorted(), [
    role.uniqueId,
    `${role.uniqueId}:s1`,
  ]);
  const byId = await admin.send(new ListGrantsCommand({ KeyId, GranteePrincipal: role.uniqueId }));
  assert.equal(byId.Grants!.length, 1);
});

test("a principal must exist, an account leaves it to itself, another account is granted directly", async () => {
  const { server, admin, KeyId } = await stage();
  await using _ = server;
  const grant = (GranteePrincipal: string) =>
    admin.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ["Encrypt"] }));
  for (const nobody of [
    "arn:aws:iam::000000000000:user/nobody",
    "nobody",
    "arn:aws:iam::000000000000:group/g",
    "AIDAABCDEFGHIJKLMNOPQ",
  ])
    await assert.rejects(grant(nobody), refused("InvalidArnException"));
  const other = "111122223333";
  const carol = await addUser(server, "carol", [], other);
  const dave = await addUser(server, "dave", ["kms:Encrypt"], other);
  await grant(`arn:aws:iam::${other}:root`);
  await assert.rejects(encrypting(server, carol, KeyId), refused("AccessDeniedException"));
  await encrypting(server, dave, KeyId);
  await kms(server, rootOf(other)).send(new EncryptCommand({ KeyId, Plaintext }));
  await grant(carol.arn);
  await encrypting(server, carol, KeyId);
  const listing = kms(server, rootOf(other)).send(new ListGrantsCommand({ KeyId }));
  await assert.rejects(
    listing,
    refused("AccessDeniedException", /on this resource because the resource does not exist/),
  );
});

test("a key takes its grants with it", async () => {
  const { server, admin, KeyId, alice } = await stage();
  await using _ = server;
  const count = 620;
  for (let made = 0; made < count; made += 62)
    await Promise.all(
      Array.from({ length: 62 }, (_, index) =>
        admin.send(
          new CreateGrantCommand({
            KeyId,
            GranteePrincipal: alice.arn,
            Operations: ["Encrypt"],
            Name: `g${made + index}`,
          }),
        ),
      ),
    );
  await admin.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  const database = new DatabaseSync((server.house.store as SqliteStore).path, { readOnly: true });
  const rows = (kind: string) => database.prepare("SELECT count(*) AS n FROM row WHERE kind = ?").get(kind)?.n;
  assert.equal(rows("grant"), count);
  await advance(server, 8 * 86_400_000);
  for (const kind of ["grant", "grant-use", "grant-name", "key"]) assert.equal(rows(kind), 0, kind);
  database.close();
});

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import {
  CreateGrantCommand,
  type CreateGrantCommandInput,
  DecryptCommand,
  DescribeKeyCommand,
  RevokeGrantCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import type { SqliteStore } from "../src/store/sqlite.ts";
import { advance } from "./clock.ts";
import { encrypting, stage } from "./grants-stage.ts";
import { kms } from "./kit.ts";
import { addUser } from "./principals.ts";
import { refused } from "./refused.ts";

test("a grant allows its grantee its operations and nothing else, until it is revoked", async () => {
  await using on = await stage();
  const { server, admin, KeyId, alice } = on;
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
  await using on = await stage();
  const { server, admin, KeyId, alice } = on;
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
  await using on = await stage();
  const { admin, KeyId, alice } = on;
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
  await using on = await stage();
  const { server, admin, KeyId, alice } = on;
  const grant = (Constraints: CreateGrantCommandInput["Constraints"]) =>
    admin.send(new CreateGrantCommand({ KeyId, GranteePrincipal: alice.arn, Operations: ["Encrypt"], Constraints }));
  const allowed = (EncryptionContext: Record<string, string>) =>
    encrypting(server, alice, KeyId, { EncryptionContext }).then(
      () => true,
      (error: Error) => error.name !== "AccessDeniedException",
    );
  const { GrantId } = await grant({
    EncryptionContextEquals: { Tenant: "seven", b: "2" },
    EncryptionContextSubset: {},
  });
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
  await grant({ EncryptionContextSubset: { Tenant: "seven", b: "2" }, EncryptionContextEquals: {} });
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

test("a key takes its grants with it", async () => {
  await using on = await stage();
  const { server, admin, KeyId, alice } = on;
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

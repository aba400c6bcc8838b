import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateGrantCommand,
  type CreateGrantCommandInput,
  ListGrantsCommand,
  type ListGrantsCommandOutput,
  ListRetirableGrantsCommand,
  PutKeyPolicyCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
} from "@aws-sdk/client-kms";
import { encrypting, type Stage, stage } from "./grants-stage.ts";
import { kms, rootOf } from "./kit.ts";
import { account, addRole, addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

const other = "111122223333";
const make = ({ admin, KeyId, alice }: Stage, more: Partial<CreateGrantCommandInput> = {}) =>
  admin.send(new CreateGrantCommand({ KeyId, GranteePrincipal: alice.arn, Operations: ["Encrypt"], ...more }));

test("the retiring principal retires by token or by id, in its own account or another, and nobody else does", async () => {
  await using on = await stage();
  const { server, admin, KeyId, alice } = on;
  const carol = await addUser(server, "carol", [], other);
  const stranger = await addUser(server, "stranger", ["kms:*"], "444455556666");
  const role = await addRole(server, "retirer");
  const as = (credentials: typeof alice.credentials) => kms(server, credentials);
  for (const who of [carol, role]) {
    const { GrantId, GrantToken } = await make(on, { RetiringPrincipal: who.arn });
    for (const nobody of [alice.credentials, stranger.credentials, rootOf("444455556666")]) {
      await assert.rejects(as(nobody).send(new RetireGrantCommand({ GrantToken })), refused("AccessDeniedException"));
      const byId = as(nobody).send(new RetireGrantCommand({ KeyId, GrantId }));
      await assert.rejects(byId, refused("AccessDeniedException"));
    }
    const dry = as(who.credentials).send(new RetireGrantCommand({ GrantToken, DryRun: true }));
    await assert.rejects(dry, refused("DryRunOperationException"));
    await encrypting(server, alice, KeyId);
    await as(who.credentials).send(new RetireGrantCommand(who === carol ? { GrantToken } : { KeyId, GrantId }));
    await assert.rejects(encrypting(server, alice, KeyId), refused("AccessDeniedException"));
    await assert.rejects(admin.send(new RetireGrantCommand({ GrantToken })), refused("NotFoundException"));
  }
  const [record] = (await recordsOf(server, "RetireGrant")).filter(({ errorCode }) => errorCode === undefined);
  assert.equal(record!.requestParameters, null);
  assert.match(record!.additionalEventData.grantId, /^[0-9a-f]{64}$/);
  assert.equal(record!.resources[0].ARN, KeyId);
});

test("a grantee retires its grant when the grant says so; the key's account always; a Deny counts", async () => {
  await using on = await stage();
  const { server, admin, KeyId, alice } = on;
  const retire = (who: typeof admin, GrantId: string) => who.send(new RetireGrantCommand({ KeyId, GrantId }));
  const aliceKms = kms(server, alice.credentials);
  const plain = await make(on);
  await assert.rejects(retire(aliceKms, plain.GrantId!), refused("AccessDeniedException"));
  const own = await make(on, { Operations: ["Encrypt", "RetireGrant"] });
  await retire(aliceKms, own.GrantId!);
  const keeper = await addUser(server, "keeper", ["kms:RetireGrant"]);
  await retire(kms(server, keeper.credentials), plain.GrantId!);
  const statement = (Effect: string, Action: string, arn: string) => ({
    Effect,
    Action,
    Resource: "*",
    Principal: { AWS: arn },
  });
  const bob = await addUser(server, "bob");
  const Statement = [
    statement("Allow", "kms:*", `arn:aws:iam::${account}:root`),
    statement("Allow", "kms:RetireGrant", bob.arn),
    statement("Deny", "kms:RetireGrant", alice.arn),
  ];
  await admin.send(new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  const last = await make(on, { Operations: ["Encrypt", "RetireGrant"] });
  await assert.rejects(retire(kms(server, bob.credentials), last.GrantId!), refused("AccessDeniedException"));
  await assert.rejects(retire(aliceKms, last.GrantId!), refused("AccessDeniedException", /explicit deny/));
  await retire(admin, last.GrantId!);
  for (const input of [{}, { KeyId }, { GrantId: "x" }, { KeyId, GrantId: "x", GrantToken: last.GrantToken }])
    await assert.rejects(admin.send(new RetireGrantCommand(input)), refused("ValidationException"));
  const forged = admin.send(new RetireGrantCommand({ GrantToken: "AQ==" }));
  await assert.rejects(forged, refused("InvalidGrantTokenException"));
});

test("lists come in pages, by grantee, by id and by who retires, and never show a token", async () => {
  await using on = await stage();
  const { server, admin, KeyId, alice } = on;
  const carol = await addUser(server, "carol", ["kms:ListRetirableGrants"], other);
  const made = new Set<string>();
  for (let index = 0; index < 7; index++)
    made.add((await make(on, { Name: `n${index}`, RetiringPrincipal: carol.arn })).GrantId!);
  const pages = async (list: (Marker: string | undefined) => Promise<ListGrantsCommandOutput>) => {
    const found: { GrantId: string }[] = [];
    for (let Marker: string | undefined; ; ) {
      const page = await list(Marker);
      found.push(...(page.Grants as { GrantId: string }[]));
      assert.equal(page.Truncated, page.NextMarker !== undefined);
      if (page.NextMarker === undefined) return found;
      Marker = page.NextMarker;
    }
  };
  const ofKey = await pages((Marker) => admin.send(new ListGrantsCommand({ KeyId, Limit: 3, Marker })));
  assert.deepEqual(new Set(ofKey.map(({ GrantId }) => GrantId)), made);
  assert.equal(ofKey.length, 7);
  const filter = { KeyId, GranteePrincipal: alice.arn };
  assert.equal((await pages((Marker) => admin.send(new ListGrantsCommand({ ...filter, Limit: 2, Marker })))).length, 7);
  const [GrantId = ""] = made;
  const { Grants } = await admin.send(new ListGrantsCommand({ KeyId, GrantId }));
  const { CreationDate, Name, ...entry } = Grants![0]!;
  assert.ok(CreationDate instanceof Date && Name === "n0");
  assert.deepEqual(entry, {
    KeyId,
    GrantId,
    GranteePrincipal: alice.arn,
    RetiringPrincipal: carol.arn,
    IssuingAccount: `arn:aws:iam::${account}:root`,
    Operations: ["Encrypt"],
  });
  const list = (who: typeof admin, Marker?: string) =>
    who.send(new ListRetirableGrantsCommand({ RetiringPrincipal: carol.arn, Limit: 5, Marker }));
  assert.equal((await pages((Marker) => list(kms(server, carol.credentials), Marker))).length, 7);
  await assert.rejects(list(admin), refused("AccessDeniedException"));
  const marker = (await list(kms(server, carol.credentials))).NextMarker;
  const elsewhere = admin.send(new ListGrantsCommand({ KeyId, Marker: marker }));
  await assert.rejects(elsewhere, refused("InvalidMarkerException"));
  const nowhere = admin.send(new ListGrantsCommand({ KeyId, GrantId: "0".repeat(64) }));
  assert.deepEqual((await nowhere).Grants, []);
});

test("a grant given on is never wider than the one it comes from", async () => {
  await using on = await stage();
  const { server, KeyId, alice } = on;
  const bob = await addUser(server, "bob");
  const EncryptionContextSubset = { tenant: "7" };
  await make(on, { Operations: ["Encrypt", "CreateGrant"], Constraints: { EncryptionContextSubset } });
  const give = (more: Partial<CreateGrantCommandInput>) =>
    kms(server, alice.credentials).send(
      new CreateGrantCommand({ KeyId, GranteePrincipal: bob.arn, Operations: ["Encrypt"], ...more }),
    );
  for (const wider of [
    {},
    { Operations: ["Encrypt", "Decrypt"], Constraints: { EncryptionContextSubset } },
    { Constraints: { EncryptionContextSubset: { tenant: "8" } } },
    { Constraints: { EncryptionContextSubset: { Tenant: "7" } } },
    { Constraints: { EncryptionContextEquals: { other: "1" } } },
  ] as Partial<CreateGrantCommandInput>[])
    await assert.rejects(give(wider), refused("AccessDeniedException"), JSON.stringify(wider));
  await give({ Constraints: { EncryptionContextSubset: { tenant: "7", more: "1" } } });
  const { GrantId } = await give({ Constraints: { EncryptionContextEquals: { tenant: "7" } } });
  await encrypting(server, bob, KeyId, { EncryptionContext: { tenant: "7" } });
  await assert.rejects(encrypting(server, bob, KeyId), refused("AccessDeniedException"));
  const revoke = kms(server, alice.credentials).send(new RevokeGrantCommand({ KeyId, GrantId }));
  await assert.rejects(revoke, refused("AccessDeniedException"));
  const records = await recordsOf(server, "CreateGrant");
  const given = records.find(({ responseElements }) => responseElements?.grantId === GrantId)!;
  assert.deepEqual(given.requestParameters.constraints, { encryptionContextEquals: { tenant: "7" } });
  assert.match(given.additionalEventData.grantId, /^[0-9a-f]{64}$/);
  assert.ok(!JSON.stringify(records).includes("rantToken"));
});

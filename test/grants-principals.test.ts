import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateGrantCommand, EncryptCommand, ListGrantsCommand } from "@aws-sdk/client-kms";
import { encrypting, Plaintext, stage } from "./grants-stage.ts";
import { kms, rootOf } from "./kit.ts";
import { addRole, addUser, removeEntity } from "./principals.ts";
import { refused } from "./refused.ts";

test("who comes back under an old name inherits no grant, and lists show who it was", async () => {
  await using on = await stage();
  const { server, admin, KeyId } = on;
  const role = await addRole(server, "worker");
  for (const GranteePrincipal of [role.arn, role.sessionArn])
    await admin.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ["Encrypt"] }));
  await encrypting(server, role, KeyId);
  await removeEntity(server, "role", "worker");
  const again = await addRole(server, "worker");
  await assert.rejects(encrypting(server, again, KeyId), refused("AccessDeniedException"));
  const { Grants } = await admin.send(new ListGrantsCommand({ KeyId }));
  const shown = new Set(Grants!.map(({ GranteePrincipal }) => GranteePrincipal));
  assert.deepEqual(shown, new Set([role.uniqueId, `${role.uniqueId}:s1`]));
  const byId = await admin.send(new ListGrantsCommand({ KeyId, GranteePrincipal: role.uniqueId }));
  assert.equal(byId.Grants!.length, 1);
});

test("a principal must exist, an account leaves it to itself, another account is granted directly", async () => {
  await using on = await stage();
  const { server, admin, KeyId } = on;
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

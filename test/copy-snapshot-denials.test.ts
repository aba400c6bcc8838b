import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { ListGrantsCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { type Credentials, iam, kms, root, rootOf, type TestServer, testServer } from "./kit.ts";
import { account as target, addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import {
  blockBytes,
  blocksOf,
  copy,
  ebs,
  ec2,
  madeSnapshot,
  owner,
  settled,
  share,
  sharedKey,
} from "./snapshot-kit.ts";
import { assume, newRole } from "./sts-kit.ts";
import { records } from "./trail.ts";

/** The caller is of `target`, which is account 000000000000 here: the source's key is KO, the copy's is KT. */
type Outcome = "refused" | "error" | "completes";

/** What is denied, on which key, and what comes of it (flows.md, section 1.1, "Denial matrix"). */
const matrix: readonly (readonly [key: "KO" | "KT", action: string, outcome: Outcome])[] = [
  ["KT", "kms:DescribeKey", "refused"],
  ["KT", "kms:CreateGrant", "error"],
  ["KT", "kms:GenerateDataKeyWithoutPlaintext", "error"],
  ["KO", "kms:CreateGrant", "error"],
  ["KO", "kms:Decrypt", "completes"],
  ["KO", "kms:ReEncrypt*", "completes"],
  ["KO", "kms:GenerateDataKey", "completes"],
  ["KO", "kms:DescribeKey", "completes"],
  ["KT", "kms:Decrypt", "completes"],
  ["KT", "kms:Encrypt", "completes"],
  ["KT", "kms:ReEncrypt*", "completes"],
  ["KT", "kms:GenerateDataKey", "completes"],
];

const document = (...statements: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const everything = { Effect: "Allow", Action: "*", Resource: "*" };
const deny = (Action: string, Resource: string) => ({ Effect: "Deny", Action, Resource });

interface Stage {
  readonly server: TestServer;
  readonly keys: { readonly KO: string; readonly KT: string };
  readonly source: string;
  readonly blocks: Map<number, Buffer>;
}

async function stage(server: TestServer): Promise<Stage> {
  const keys = { KO: await sharedKey(server, owner, [target]), KT: await sharedKey(server, target) };
  const blocks = new Map([[7, randomBytes(blockBytes)]]);
  const source = await madeSnapshot(server, blocks, keys.KO);
  await share(server, source, target);
  return { server, keys, source, blocks };
}

async function check({ server, keys, source, blocks }: Stage, who: Credentials, expected: Outcome, label: string) {
  const client = ec2(server, who);
  const asked = copy(client, source, { Encrypted: true, KmsKeyId: keys.KT });
  if (expected === "refused") {
    const unauthorized = (error: unknown) => {
      assert.equal((error as Error).message, `Not authorized to use key ${keys.KT} `, label);
      return refused("AuthFailure")(error);
    };
    await assert.rejects(asked, unauthorized, label);
  } else {
    const id = await asked;
    const done = await settled(ec2(server, root), id);
    assert.equal(done.State, expected === "error" ? "error" : "completed", label);
    if (expected === "error") {
      assert.equal(done.StateMessage, "Given key ID is not accessible", label);
      assert.equal(done.Progress, "0%", label);
      assert.equal(done.VolumeSize, 1, label);
    } else assert.deepEqual(await blocksOf(ebs(server, root), id), blocks, label);
  }
  await nothingLeft(server, keys, label);
}

async function nothingLeft(server: TestServer, { KO, KT }: Stage["keys"], label: string): Promise<void> {
  const [ofOwner, ofTarget] = [kms(server, rootOf(owner)), kms(server)];
  assert.deepEqual((await ofOwner.send(new ListGrantsCommand({ KeyId: KO }))).Grants, [], label);
  assert.deepEqual((await ofTarget.send(new ListGrantsCommand({ KeyId: KT }))).Grants, [], label);
  const { entities } = server.house;
  for (const kind of ["snapshot-copy", "volume-work"])
    assert.equal(entities.countByScope(kind, kind === "volume-work" ? "" : `${target}/eu-west-1`), 0, label);
}

test("each permission denied by an identity policy", async () => {
  await using server = await testServer();
  const on = await stage(server);
  const user = await addUser(server, "ann");
  for (const [key, action, outcome] of matrix) {
    const PolicyDocument = document(everything, deny(action, on.keys[key]));
    await iam(server).send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument }));
    await check(on, user.credentials, outcome, `${action} on ${key}`);
  }
  const denials = (await records(server)).filter((record) => record.errorCode === "AccessDenied");
  assert.deepEqual([...new Set(denials.map(({ eventName }) => String(eventName)))].toSorted(), [
    "CreateGrant",
    "DescribeKey",
    "GenerateDataKeyWithoutPlaintext",
  ]);
  for (const { requestParameters, errorMessage, userIdentity } of denials) {
    assert.equal(requestParameters, null);
    assert.match(errorMessage, /^User: arn:aws:iam::000000000000:user\/ann is not authorized to perform: kms:/);
    assert.match(userIdentity.invokedBy, /^(?:ec2-frontend-api|prod\.kms-caller\.ebs\.eu-west-1)\.amazonaws\.com$/);
  }
});

test("each permission denied by a session policy", async () => {
  await using server = await testServer();
  const on = await stage(server);
  await newRole(server, "copier");
  const user = await addUser(server, "ann", ["sts:*"]);
  for (const [key, action, outcome] of matrix) {
    const Policy = document(everything, deny(action, on.keys[key]));
    await check(on, await assume(server, user.credentials, "copier", { Policy }), outcome, `${action} on ${key}`);
  }
});

test("each permission denied by the key's policy", async () => {
  await using server = await testServer();
  const on = await stage(server);
  const user = await addUser(server, "ann", ["kms:*", "ec2:*"]);
  const accounts = { KO: [owner, target], KT: [target] };
  const put = async (key: "KO" | "KT", ...more: object[]) => {
    const allow = { Effect: "Allow", Principal: { AWS: accounts[key] }, Action: "kms:*", Resource: "*" };
    const Policy = document(allow, ...more);
    const client = kms(server, key === "KO" ? rootOf(owner) : root);
    await client.send(new PutKeyPolicyCommand({ KeyId: on.keys[key], Policy }));
  };
  for (const [key, action, outcome] of matrix) {
    await put(key, { Effect: "Deny", Principal: { AWS: user.arn }, Action: action, Resource: "*" });
    await check(on, user.credentials, outcome, `${action} on ${key}`);
    await put(key);
  }
});

test("what AWS asks for is enough: three permissions on two keys, and CopySnapshot on both ARNs", async () => {
  await using server = await testServer();
  const on = await stage(server);
  const user = await addUser(server, "ann");
  const allow = (Action: string | string[], Resource: string | string[]) => ({ Effect: "Allow", Action, Resource });
  const [copies, source] = ["arn:aws:ec2:eu-west-1::snapshot/*", `arn:aws:ec2:eu-west-1::snapshot/${on.source}`];
  const grants = { ...allow("kms:CreateGrant", "*"), Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } } };
  const keys = allow(["kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"], on.keys.KT);
  const put = (...statements: object[]) =>
    iam(server).send(
      new PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument: document(...statements) }),
    );
  await put(allow("ec2:CopySnapshot", [copies, source]), keys, grants);
  await check(on, user.credentials, "completes", "least");
  const tagged = () =>
    copy(ec2(server, user.credentials), on.source, {
      KmsKeyId: on.keys.KT,
      TagSpecifications: [{ ResourceType: "snapshot", Tags: [{ Key: "a", Value: "b" }] }],
    });
  await assert.rejects(tagged(), refused("UnauthorizedOperation", /ec2:CreateTags/));
  const made = { StringEquals: { "ec2:CreateAction": "CopySnapshot" } };
  await put(allow("ec2:CopySnapshot", [copies, source]), keys, grants, {
    ...allow("ec2:CreateTags", copies),
    Condition: made,
  });
  assert.equal((await settled(ec2(server, root), await tagged())).State, "completed");
  for (const denied of [source, copies]) {
    await put(everything, deny("ec2:CopySnapshot", denied));
    await assert.rejects(
      copy(ec2(server, user.credentials), on.source, { KmsKeyId: on.keys.KT }),
      refused("UnauthorizedOperation"),
    );
  }
  await put(everything, deny("ec2:DescribeSnapshots", "*"), deny("ebs:*", "*"));
  await check(on, user.credentials, "completes", "no looking");
});

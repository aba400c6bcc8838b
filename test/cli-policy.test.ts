import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateGrantCommand, CreateKeyCommand } from "@aws-sdk/client-kms";
import { claviger, temporaryFolder } from "./cli-kit.ts";
import { iam, kms, testServer } from "./kit.ts";

const yaml = `
principals:
  alice:
    arn: arn:aws:iam::111122223333:user/alice
    policies: [alice.json]
keys:
  orders:
    arn: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
    policy:
      Version: "2012-10-17"
      Statement:
        - { Sid: Account, Effect: Allow, Principal: { AWS: "111122223333" }, Action: "kms:*", Resource: "*" }
expectations:
  - { principal: alice, action: kms:Decrypt, key: orders, context: { "kms:EncryptionContext:dept": hr }, expect: allow }
  - { principal: alice, action: kms:Decrypt, key: orders, expect: deny }
`;
const alice = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: { StringEquals: { "kms:EncryptionContext:dept": "hr" } },
    },
  ],
};

test("claviger policy test: a file's expectations hold, or are shown as a difference", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "access.yaml");
  writeFileSync(join(folder.path, "alice.json"), JSON.stringify(alice));
  writeFileSync(path, yaml);
  const good = await claviger(["policy", "test", path]);
  assert.deepEqual([good.code, good.out], [0, "2 of 2 expectations hold"], good.err);
  writeFileSync(path, yaml.replace("expect: deny", "expect: allow"));
  const bad = await claviger(["policy", "test", path]);
  assert.equal(bad.code, 1);
  assert.match(
    bad.out,
    /access\.yaml: alice kms:Decrypt orders\n- allow\n\+ implicit deny: no identity-based policy allows it\n1 of 2 expectations hold$/,
  );
  for (const text of [
    "[",
    "cases: 3",
    "principals: {}",
    yaml.replace("alice.json", "absent.json"),
    yaml.replace("expect: deny", "expect: maybe"),
    yaml.replace("key: orders, expect", "key: other, expect"),
  ]) {
    writeFileSync(path, text);
    const broken = await claviger(["policy", "test", path]);
    assert.equal(broken.code, 2, text);
    assert.match(broken.err, /Cannot /);
  }
});

test("the repository's own policy cases are such files", async () => {
  const folder = fileURLToPath(new URL("policy-cases/", import.meta.url));
  const files = readdirSync(folder).map((name) => join(folder, name));
  const ran = await claviger(["policy", "test", ...files]);
  assert.equal(ran.code, 0, ran.out);
  assert.match(ran.out, /^(\d{3}) of \1 expectations hold$/);
});

test("claviger policy test --server decides at the running service, grants and all", async () => {
  using folder = temporaryFolder();
  await using server = await testServer();
  for (const UserName of ["alice", "bob"]) await iam(server).send(new CreateUserCommand({ UserName }));
  await iam(server).send(
    new PutUserPolicyCommand({ UserName: "alice", PolicyName: "p", PolicyDocument: JSON.stringify(alice) }),
  );
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const [key, bob] = [KeyMetadata!.Arn!, "arn:aws:iam::000000000000:user/bob"];
  await kms(server).send(
    new CreateGrantCommand({
      KeyId: key,
      GranteePrincipal: bob,
      Operations: ["Encrypt"],
      Constraints: { EncryptionContextSubset: { a: "b" } },
    }),
  );
  const path = join(folder.path, "access.json");
  const of = (principal: string, action: string, context: object, expect: string) => ({
    principal,
    action,
    key,
    context,
    expect,
  });
  const hr = { "kms:EncryptionContext:dept": "hr" };
  const expectations = [
    of("arn:aws:iam::000000000000:user/alice", "kms:Decrypt", hr, "allow"),
    of("arn:aws:iam::000000000000:user/alice", "kms:Decrypt", {}, "implicit deny"),
    of("arn:aws:iam::000000000000:root", "kms:Decrypt", {}, "allow"),
    of(bob, "kms:Encrypt", { "kms:EncryptionContext:a": "b" }, "allow"),
    of(bob, "kms:Encrypt", {}, "deny"),
  ];
  writeFileSync(path, JSON.stringify({ expectations }));
  const ran = await claviger(["policy", "test", path, "--server", "--endpoint", server.url], {
    AWS_REGION: "eu-west-1",
  });
  assert.deepEqual([ran.code, ran.out], [0, "5 of 5 expectations hold"], ran.err);
});

test("claviger policy lint: findings, and an exit code for CI", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "key-policy.json");
  const statement = { Sid: "Open", Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" };
  writeFileSync(path, JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
  const found = await claviger(["policy", "lint", path]);
  assert.equal(found.code, 1);
  assert.match(found.out, /key-policy\.json: "Open" allows everybody.* \(open-to-everybody\)/);
  writeFileSync(
    path,
    JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, Principal: { AWS: "111122223333" } }] }),
  );
  assert.equal((await claviger(["policy", "lint", path])).code, 0);
  writeFileSync(path, '{"Statement":[{"Effect":"Maybe"}]}');
  assert.match((await claviger(["policy", "lint", path])).out, /it is no policy.*\(malformed\)/);
  assert.equal((await claviger(["policy", "lint", path, "--kind", "x"])).code, 2);
  assert.equal((await claviger(["policy", "mend", path])).code, 2);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "@aws-sdk/client-iam";
import fc from "fast-check";
import { document, newUser, trusting } from "./iam-kit.ts";
import { iam, kms, rootOf, testServer } from "./kit.ts";
import { ListKeysCommand } from "@aws-sdk/client-kms";
import { refused } from "./refused.ts";

test("names that are no names make nothing", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const names = ["", "a/b", "a:b", "../root", "*", "a b", "ålice", "a\u0000", "${aws:username}", "x".repeat(65), "a\n"];
  for (const UserName of names)
    await assert.rejects(admin.send(new api.CreateUserCommand({ UserName })), refused("ValidationError"), UserName);
  for (const Path of ["staff", "/staff", "staff/", "/st aff/", "/é/", `/${"x".repeat(512)}/`])
    await assert.rejects(
      admin.send(new api.CreateUserCommand({ UserName: "a", Path })),
      refused("ValidationError"),
      Path,
    );
  assert.deepEqual((await admin.send(new api.ListUsersCommand({}))).Users, []);
});

test("a path with wildcards, colons or another user's name in it gives nothing of that user", async () => {
  await using server = await testServer();
  const admin = iam(server);
  await admin.send(new api.CreateUserCommand({ UserName: "alice" }));
  const PolicyDocument = document("iam:GetUser", { Resource: "arn:aws:iam::000000000000:user/alice" });
  for (const [index, Path] of ["/*/", "/alice/", "/x:user/alice/", "/a/../"].entries()) {
    const UserName = `mallory${index}`;
    await admin.send(new api.CreateUserCommand({ UserName, Path }));
    const { AccessKey } = await admin.send(new api.CreateAccessKeyCommand({ UserName }));
    await admin.send(new api.PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument }));
    const mallory = iam(server, {
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    });
    await mallory.send(new api.GetUserCommand({ UserName: "alice" }));
    await assert.rejects(mallory.send(new api.GetUserCommand({ UserName })), refused("AccessDenied"), Path);
    // The ARN of the other path is nobody's.
    await assert.rejects(
      admin.send(
        new api.CreateRoleCommand({
          RoleName: "r",
          AssumeRolePolicyDocument: trusting({ AWS: `arn:aws:iam::000000000000:user/${UserName}` }),
        }),
      ),
      refused(
        "MalformedPolicyDocumentException",
        /^Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:user/,
      ),
    );
  }
});

test("a user whose name is a member of every object is a user like any other", async () => {
  await using server = await testServer();
  const admin = iam(server);
  for (const UserName of ["__proto__", "constructor", "toString"]) {
    const credentials = await newUser(server, UserName);
    const PolicyDocument = document("kms:ListKeys");
    await admin.send(new api.PutUserPolicyCommand({ UserName, PolicyName: "__proto__", PolicyDocument }));
    await kms(server, credentials).send(new ListKeysCommand({}));
    const { PolicyNames } = await admin.send(new api.ListUserPoliciesCommand({ UserName }));
    assert.deepEqual(PolicyNames, ["__proto__"]);
    await assert.rejects(
      admin.send(new api.GetUserPolicyCommand({ UserName, PolicyName: "toString" })),
      refused("NoSuchEntityException", /^The user policy with name toString cannot be found\.$/),
    );
    await admin.send(new api.DeleteUserPolicyCommand({ UserName, PolicyName: "__proto__" }));
    await assert.rejects(kms(server, credentials).send(new ListKeysCommand({})), refused("AccessDeniedException"));
  }
});

test("huge and deep documents are refused in a moment", async () => {
  await using server = await testServer();
  const admin = iam(server);
  await admin.send(new api.CreateUserCommand({ UserName: "alice" }));
  const put = (PolicyDocument: string) =>
    admin.send(new api.PutUserPolicyCommand({ UserName: "alice", PolicyName: "p", PolicyDocument }));
  const malformed = refused("MalformedPolicyDocumentException");
  const deep = `{"Version":"2012-10-17","Statement":${"[".repeat(60_000)}${"]".repeat(60_000)}}`;
  await assert.rejects(put(deep), malformed);
  await assert.rejects(put(`{"Statement":{"Effect":"Allow","Action":${"[".repeat(50_000)}`), malformed);
  await assert.rejects(put(" ".repeat(131_073)), refused("ValidationError"));
  await assert.rejects(put(document("kms:Ünicode", { Sid: "\u0100" })), refused("ValidationError"));
  const long = document(Array.from({ length: 200 }, (_, index) => `kms:Action${index}`));
  await assert.rejects(
    put(long),
    refused("LimitExceededException", /^Maximum policy size of 2048 bytes exceeded for user alice$/),
  );
  // White space does not count.
  await put(JSON.stringify(JSON.parse(document("kms:*")), null, 10).replaceAll("\n", "\n".repeat(500)));
});

test("markers of one list are none of another, of another account or of nobody", async () => {
  await using server = await testServer();
  const admin = iam(server);
  for (const UserName of ["a", "b", "c"]) await admin.send(new api.CreateUserCommand({ UserName }));
  const seen: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await admin.send(new api.ListUsersCommand({ MaxItems: 1, ...(Marker !== undefined && { Marker }) }));
    seen.push(...page.Users!.map(({ UserName }) => UserName!));
    Marker = page.Marker;
    assert.equal(page.IsTruncated, Marker !== undefined);
  } while (Marker !== undefined);
  assert.deepEqual(seen, ["a", "b", "c"]);
  const first = await admin.send(new api.ListUsersCommand({ MaxItems: 1 }));
  const invalid = refused("ValidationError", /^Invalid Marker\.$/);
  await assert.rejects(admin.send(new api.ListRolesCommand({ Marker: first.Marker })), invalid);
  await assert.rejects(
    iam(server, rootOf("111122223333")).send(new api.ListUsersCommand({ Marker: first.Marker })),
    invalid,
  );
  await fc.assert(
    fc.asyncProperty(fc.stringMatching(/^[ -~]{1,300}$/), async (text) => {
      await assert.rejects(admin.send(new api.ListUsersCommand({ Marker: text })), invalid);
    }),
    { numRuns: 30 },
  );
  const listed: string[] = [];
  Marker = undefined;
  do {
    const page: api.ListPoliciesCommandOutput = await admin.send(
      new api.ListPoliciesCommand({ MaxItems: 2, ...(Marker !== undefined && { Marker }) }),
    );
    listed.push(...page.Policies!.map(({ Arn }) => Arn!));
    Marker = page.Marker;
  } while (Marker !== undefined);
  assert.equal(new Set(listed).size, listed.length);
  assert.ok(listed.includes("arn:aws:iam::aws:policy/AdministratorAccess"));
});

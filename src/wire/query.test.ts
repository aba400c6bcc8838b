import assert from "node:assert/strict";
import { test } from "node:test";
import type { WireRequest } from "./protocol.ts";
import { wireServices } from "./services.ts";

const iam = wireServices.get("iam")!;
const sts = wireServices.get("sts")!;

const request = (body: string | Buffer, target = "/", method = "POST"): WireRequest => ({
  method,
  target,
  headers: new Map(),
  body: Buffer.from(body as string),
  remoteAddress: "",
  secure: false,
  requestId: "",
});
const decode = (operation: string, form: string) => iam.operations.get(operation)!.decode(request(form));

// The body that `aws iam create-user --user-name jo --path /team/ --tags Key=cost,Value="a b" Key=x,Value=` sends.
const createUser =
  "Action=CreateUser&Version=2010-05-08&Path=%2Fteam%2F&UserName=jo&Tags.member.1.Key=cost&Tags.member.1.Value=a+b&Tags.member.2.Key=x&Tags.member.2.Value=";

test("what the AWS CLI sends", () => {
  assert.equal(iam.operationOf(request(createUser)), "CreateUser");
  assert.deepEqual(decode("CreateUser", createUser), {
    UserName: "jo",
    Path: "/team/",
    Tags: [
      { Key: "cost", Value: "a b" },
      { Key: "x", Value: "" },
    ],
  });
});

test("a presigned GET: the parameters of the signature are no members", () => {
  const target =
    "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
  assert.equal(sts.operationOf(request("", target, "GET")), "GetCallerIdentity");
  assert.deepEqual(sts.operations.get("GetCallerIdentity")!.decode(request("", target, "GET")), {});
});

test("numbers, booleans, lists in the order of their numbers, an empty list", () => {
  const role = decode(
    "CreateRole",
    "RoleName=r&AssumeRolePolicyDocument=%7B%7D&MaxSessionDuration=3600&Tags.member.10.Key=b&Tags.member.10.Value=&Tags.member.9.Key=a&Tags.member.9.Value=",
  );
  assert.equal(role.MaxSessionDuration, 3600);
  assert.deepEqual(role.Tags, [
    { Key: "a", Value: "" },
    { Key: "b", Value: "" },
  ]);
  assert.deepEqual(decode("CreateUser", "UserName=u&Tags=").Tags, []);
  const reset = "PasswordResetRequired=true&UserName=u&Password=p&__proto__=x&Unknown.member.1=y";
  assert.deepEqual(decode("CreateLoginProfile", reset), { UserName: "u", Password: "p", PasswordResetRequired: true });
});

test("hostile forms: MalformedInput, whatever is wrong", () => {
  const many = Array.from({ length: 5001 }, (_, index) => `a${index}=`).join("&");
  const forms: (string | Buffer)[] = [
    "UserName=u&UserName=v",
    "UserName=%ff",
    "UserName=%",
    "UserName.x=u",
    "UserName=u&Tags=x",
    "UserName=u&Tags.member.0.Key=a",
    "UserName=u&Tags.member.x.Key=a",
    "UserName=u&Tags.member.999999.Key=a",
    `UserName=u&Tags.${"a.".repeat(64)}=x`,
    many,
    Buffer.from([0x61, 0x3d, 0xff]),
  ];
  for (const form of forms)
    assert.throws(
      () => iam.operations.get("CreateUser")!.decode(request(form)),
      { code: "MalformedInput" },
      String(form).slice(0, 60),
    );
  for (const form of [
    "MaxSessionDuration=abc",
    "MaxSessionDuration=1.5",
    "MaxSessionDuration=",
    "MaxSessionDuration=1e4",
  ])
    assert.throws(() => decode("CreateRole", `RoleName=r&AssumeRolePolicyDocument=a&${form}`), {
      code: "MalformedInput",
    });
  assert.throws(() => decode("CreateLoginProfile", "PasswordResetRequired=maybe"), { code: "MalformedInput" });
});

test("the action must be given, once, and exist in that version", () => {
  const refused = (form: string, code: string, message?: string, method?: string) =>
    assert.throws(() => iam.operationOf(request(form, "/", method)), message ? { code, message } : { code });
  refused("Version=2010-05-08", "MissingAction");
  refused("Action=Nope&Version=2010-05-08", "InvalidAction", "Could not find operation Nope for version 2010-05-08");
  refused(
    "Action=GetUser&Version=1999-01-01",
    "InvalidAction",
    "Could not find operation GetUser for version 1999-01-01",
  );
  refused("Action=__proto__", "InvalidAction");
  refused("Action=GetUser", "InvalidAction", undefined, "PUT");
  assert.throws(() => iam.operationOf(request("Action=GetUser", "/?Action=DeleteUser")), { code: "MalformedInput" });
});

test("constraints speak the same sentences", () => {
  assert.throws(() => decode("CreateUser", "UserName=a%20b&Tags.member.1.Key=%E4%BD%A0&Tags.member.1.Value=%C3%A4"), {
    code: "ValidationException",
    message:
      "1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
  });
  assert.throws(() => sts.operations.get("AssumeRole")!.decode(request("RoleSessionName=ab")), {
    message:
      "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
  });
});

test("answers: an envelope with the result, lists as members, whole seconds, text that XML can hold", () => {
  const user = { UserName: "<a&\u0001\ud800", CreateDate: 1_700_000_000_999, Tags: [{ Key: "k", Value: "" }] };
  assert.deepEqual(iam.operations.get("CreateUser")!.encode({ User: user }, "id"), {
    status: 200,
    headers: { "Content-Type": "text/xml" },
    body:
      '<CreateUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateUserResult><User>' +
      "<UserName>&lt;a&amp;\ufffd\ufffd</UserName><CreateDate>2023-11-14T22:13:20Z</CreateDate>" +
      "<Tags><member><Key>k</Key><Value></Value></member></Tags></User></CreateUserResult>" +
      "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></CreateUserResponse>",
  });
  assert.equal(
    iam.operations.get("DeleteUser")!.encode({}, "id").body,
    '<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DeleteUserResponse>',
  );
  assert.match(
    String(iam.operations.get("GetAccountSummary")!.encode({ SummaryMap: { Users: 2 } }, "id").body),
    /<SummaryMap><entry><key>Users<\/key><value>2<\/value><\/entry><\/SummaryMap>/,
  );
});

test("errors: the Query protocol's own code and status, by whichever name the program says", () => {
  const shown = (code: string, status = 400) => {
    const reply = iam.encodeError({ code, message: "a<b", status }, "id");
    return [reply.status, /<Code>(.*)<\/Code>/.exec(String(reply.body))?.[1]];
  };
  assert.deepEqual(shown("NoSuchEntityException"), [404, "NoSuchEntity"]);
  assert.deepEqual(shown("NoSuchEntity"), [404, "NoSuchEntity"]);
  assert.deepEqual(shown("EntityAlreadyExistsException"), [409, "EntityAlreadyExists"]);
  assert.deepEqual(shown("AccessDeniedException", 403), [403, "AccessDenied"]);
  assert.deepEqual(shown("ValidationException"), [400, "ValidationError"]);
  assert.deepEqual(shown("InternalFailure", 500), [500, "InternalFailure"]);
  assert.equal(
    iam.encodeError({ code: "NoSuchEntity", message: "a<b", status: 404 }, "id").body,
    '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>a&lt;b</Message></Error><RequestId>id</RequestId></ErrorResponse>',
  );
});

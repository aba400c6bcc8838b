import assert from "node:assert/strict";
import { test } from "node:test";
import type { WireRequest } from "./protocol.ts";
import { wireServices } from "./services.ts";

const kms = wireServices.get("kms")!;

const request = (body: string | Buffer, changed: Partial<WireRequest> = {}): WireRequest => ({
  method: "POST",
  target: "/",
  headers: new Map(),
  body: Buffer.from(body as string),
  remoteAddress: "",
  secure: false,
  requestId: "",
  ...changed,
});
const targeted = (target: string, method = "POST") =>
  request("{}", { method, headers: new Map([["x-amz-target", [target]]]) });
const decode = (operation: string, body: string | Buffer) => kms.operations.get(operation)!.decode(request(body));

test("decoding: blobs, maps, numbers, times, and nothing that the model does not have", () => {
  const input = decode(
    "Encrypt",
    '{"__type":"x","isAdmin":true,"KeyId":"k","Plaintext":"aGk=","DryRun":false,"GrantTokens":null,"EncryptionContext":{"__proto__":"p","constructor":"c"}}',
  );
  assert.deepEqual(Object.keys(input), ["KeyId", "Plaintext", "EncryptionContext", "DryRun"]);
  assert.deepEqual(input.Plaintext, Buffer.from("hi"));
  assert.equal(Object.getPrototypeOf(input.EncryptionContext), null);
  assert.deepEqual(Object.entries(input.EncryptionContext as object), [
    ["__proto__", "p"],
    ["constructor", "c"],
  ]);
  const imported = decode(
    "ImportKeyMaterial",
    '{"KeyId":"k","ImportToken":"AA==","EncryptedKeyMaterial":"AA==","ValidTo":1568565290.123}',
  );
  assert.equal(imported.ValidTo, 1568565290123);
});

test("an empty body is an empty structure", () => {
  assert.deepEqual(decode("ListKeys", ""), {});
});

test("hostile bodies: SerializationException, whatever is wrong", () => {
  const key = (rest: string) => `{"KeyId":"k","Plaintext":"aGk="${rest}}`;
  const bodies: (string | Buffer)[] = [
    "[]",
    "null",
    '"x"',
    "5",
    "{",
    "\ufeff{}",
    '{"KeyId":5}',
    '{"KeyId":{}}',
    '{"KeyId":["k"]}',
    key(',"Plaintext":5'),
    key(',"Plaintext":"a"'),
    key(',"Plaintext":"aGk"'),
    key(',"Plaintext":"aG k="'),
    key(',"Plaintext":"-_8="'),
    key(',"Plaintext":"a=Gk"'),
    key(',"DryRun":"true"'),
    key(',"GrantTokens":"x"'),
    key(',"GrantTokens":[1]'),
    key(',"GrantTokens":[null]'),
    key(',"EncryptionContext":[]'),
    key(',"EncryptionContext":{"a":5}'),
    key(',"EncryptionContext":{"a":null}'),
    key(`,"junk":${"[".repeat(65)}${"]".repeat(65)}`),
    `${"[".repeat(500_000)}`,
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
  ];
  for (const body of bodies)
    assert.throws(() => decode("Encrypt", body), { code: "SerializationException" }, String(body).slice(0, 80));
  for (const bytes of ["1.5", "1e400", '"1"', "9007199254740993"])
    assert.throws(() => decode("GenerateRandom", `{"NumberOfBytes":${bytes}}`), { code: "SerializationException" });
  assert.throws(() => decode("Encrypt", '{"KeyId":5}'), { message: "NUMBER_VALUE can not be converted to a String" });
  assert.doesNotThrow(() => decode("Encrypt", key(`,"junk":"${"[{".repeat(100)}"`)));
});

test("the bytes of a blob are not the request's own", () => {
  const body = Buffer.from('{"KeyId":"k","Plaintext":"aGlkZGVu"}');
  const input = kms.operations.get("Encrypt")!.decode(request(body, { body }));
  body.fill(0);
  assert.equal(String(input.Plaintext), "hidden");
});

test("the operation stands behind the last dot, and must be one", () => {
  assert.equal(kms.operationOf(targeted("TrentService.Encrypt")), "Encrypt");
  assert.equal(kms.operationOf(targeted("com.amazonaws.trent.v1.TrentService.Encrypt")), "Encrypt");
  for (const target of ["", "TrentService.", "TrentService.encrypt", "TrentService.__proto__", "TrentService.Encrypt "])
    assert.throws(() => kms.operationOf(targeted(target)), { code: "UnknownOperationException", status: 400 });
  assert.throws(() => kms.operationOf(targeted("TrentService.Encrypt", "GET")), { status: 404 });
  assert.throws(() => kms.operationOf(request("{}")), { code: "UnknownOperationException" });
});

test("answers: blobs in base64, seconds with a fraction, undefined left out, nothing where nothing is modelled", () => {
  const encrypted = kms.operations
    .get("Encrypt")!
    .encode({ CiphertextBlob: new Uint8Array([1, 2]), KeyId: 'a"b', Other: 1 }, "");
  assert.deepEqual(encrypted, {
    status: 200,
    headers: { "Content-Type": "application/x-amz-json-1.1" },
    body: '{"CiphertextBlob":"AQI=","KeyId":"a\\"b"}',
  });
  const listed = kms.operations
    .get("ListAliases")!
    .encode({ Aliases: [{ CreationDate: 1568565290123 }], Truncated: false }, "");
  assert.equal(listed.body, '{"Aliases":[{"CreationDate":1568565290.123}],"Truncated":false}');
  assert.equal(kms.operations.get("EnableKey")!.encode({}, "").body, "");
  assert.equal(kms.operations.get("ConnectCustomKeyStore")!.encode({}, "").body, "{}");
});

test("errors: 400 for whatever is the client's fault, a capital Message where access is denied, none where it is empty", () => {
  const error = (code: string, message: string, status = 400) => {
    const reply = kms.encodeError({ code, message, status }, "id");
    return [reply.status, reply.body];
  };
  assert.deepEqual(error("NotFoundException", "x"), [400, '{"__type":"NotFoundException","message":"x"}']);
  assert.deepEqual(error("AccessDeniedException", "x", 403), [400, '{"__type":"AccessDeniedException","Message":"x"}']);
  assert.deepEqual(error("InvalidCiphertextException", ""), [400, '{"__type":"InvalidCiphertextException"}']);
  assert.equal(error("KMSInternalException", "x")[0], 500);
  assert.equal(error("KeyUnavailableException", "x")[0], 500);
  assert.equal(error("DependencyTimeoutException", "x")[0], 503);
  assert.equal(error("UnrecognizedClientException", "x", 403)[0], 400);
});

test("what is sensitive is named, so that it is never recorded", () => {
  assert.ok(kms.operations.get("Encrypt")!.sensitive.has("Plaintext"));
  assert.ok(kms.operations.get("Decrypt")!.sensitive.has("Plaintext"));
  assert.ok(kms.operations.get("CreateCustomKeyStore")!.sensitive.has("KeyStorePassword"));
  assert.ok(!kms.operations.get("Encrypt")!.sensitive.has("KeyId"));
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { OperatorError } from "../src/errors.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { testServer } from "./kit.ts";

const id = "11111111-2222-3333-4444-555555555555";
const region = "eu-west-1";
const material = (byte: number, length = 32) => Buffer.alloc(length, byte).toString("base64");

const inAccount = (content: object) => ({ accounts: [{ id: "111122223333", ...content }] });
const ofKey = (content: object) => inAccount({ keys: [{ id, region, ...content }] });
const ofUser = (content: object) => inAccount({ users: [{ name: "alice", ...content }] });

const bad: readonly (readonly [content: unknown, message: string | RegExp])[] = [
  ["{", /: it is not JSON, see line 1$|: it is not JSON$/],
  ['{ "accounts": "hunter2', /: it is not JSON/],
  [[], ": it must be an object"],
  [{ account: [] }, ": account is not known; the members are accounts"],
  [{ accounts: {} }, ": accounts must be a list"],
  [{ accounts: [{}] }, ": accounts[0].id is missing"],
  [{ accounts: [{ id: 111122223333 }] }, ": accounts[0].id must be twelve digits"],
  [
    { accounts: [{ id: "111122223333" }, { id: "111122223333" }] },
    /: it has "111122223333" twice, at accounts\[0\] and/,
  ],
  [ofUser({ password: "hunter2" }), /: accounts\[0\]\.users\[0\]\.password is not known; the members are name, tags, /],
  [
    ofUser({ accessKeys: [{ id: "test", secret: "hunter2hunter2hunter2" }] }),
    /accessKeys\[0\]\.id must be an access key id/,
  ],
  [
    ofUser({ accessKeys: [{ id: "AKIA000000000001", secret: "hunter2" }] }),
    /accessKeys\[0\]\.secret must be a secret of 16/,
  ],
  [ofUser({ tags: { team: 7 } }), ": accounts[0].users[0].tags.team must be a text"],
  [ofUser({ attached: ["admin"] }), ": accounts[0].users[0].attached[0] must be the ARN of a managed policy"],
  [
    ofKey({ id: "orders" }),
    ": accounts[0].keys[0].id must be a UUID in small letters, or mrk- and 32 hexadecimal digits",
  ],
  [ofKey({ region: "Ireland" }), ": accounts[0].keys[0].region must be a Region such as eu-west-1"],
  [ofKey({ spec: "AES" }), /: accounts\[0\]\.keys\[0\]\.spec is no key spec: SYMMETRIC_DEFAULT, RSA_2048/],
  [ofKey({ material: material(1, 31) }), ": accounts[0].keys[0].material must be base64 of 32 bytes"],
  [
    ofKey({ spec: "RSA_2048", usage: "SIGN_VERIFY", material: material(1) }),
    /must be base64 of a PKCS#8 private key for RSA/,
  ],
  [ofKey({ enabled: "no" }), ": accounts[0].keys[0].enabled must be true or false"],
  [ofKey({ aliases: ["alias/aws/s3"] }), ": accounts[0].keys[0].aliases[0] must be a name such as alias/orders"],
  [
    inAccount({
      keys: [
        { id, region },
        { id, region },
      ],
    }),
    /twice, at accounts\[0\]\.keys\[0\] and at accounts\[0\]\.keys\[1\]$/,
  ],
];

/** What only the services themselves find: told with the place and in AWS's words. */
const unplantable: readonly (readonly [content: unknown, message: RegExp])[] = [
  [
    ofUser({ name: "a b" }),
    /^Cannot plant accounts\[0\]\.users\[0\]: ValidationException: 1 validation error detected: Value 'a b' at 'userName'/,
  ],
  [
    ofUser({ inline: { p: { Version: "2012-10-17" } } }),
    /^Cannot plant accounts\[0\]\.users\[0\]\.inline\.p: MalformedPolicyDocument/,
  ],
  [
    ofUser({ attached: ["arn:aws:iam::111122223333:policy/none"] }),
    /^Cannot plant accounts\[0\]\.users\[0\]\.attached: NoSuchEntity/,
  ],
  [
    ofKey({ policy: { Version: "2012-10-17", Statement: [] } }),
    /^Cannot plant accounts\[0\]\.keys\[0\]: MalformedPolicyDocumentException/,
  ],
  [
    ofKey({ usage: "SIGN_VERIFY" }),
    /^Cannot plant accounts\[0\]\.keys\[0\]: ValidationException: KeyUsage SIGN_VERIFY is not compatible/,
  ],
  [ofKey({ aliases: ["alias/a b"] }), /^Cannot plant accounts\[0\]\.keys\[0\]\.aliases: ValidationException/],
];

test("a bad seed is refused in a sentence that names the place and repeats no secret", async () => {
  using folder = temporaryFolder();
  const file = folder.file("seed.json");
  const refused = async (content: unknown, message: string | RegExp, data: string) => {
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    await assert.rejects(testServer({ data, seed: file }), (error: unknown) => {
      assert.ok(error instanceof OperatorError, String(error));
      if (typeof message === "string") assert.equal(error.message, `Cannot read the seed "${file}"${message}`);
      else assert.match(error.message, message);
      assert.ok(!error.message.includes("hunter2"), error.message);
      return true;
    });
  };
  await assert.rejects(testServer({ ephemeral: true, seed: folder.file("none") }), /there is no such file$/);
  for (const [content, message] of bad) await refused(content, message, folder.file("data"));
  for (const [content, message] of unplantable) await refused(content, message, folder.file("data"));
});

test("a seed does not replace what is there under the same name", async () => {
  using folder = temporaryFolder();
  const file = folder.file("seed.json");
  const start = async (content: object) => {
    writeFileSync(file, JSON.stringify(content));
    await using _server = await testServer({ data: folder.file("data"), seed: file });
  };
  const keyed = (secret: string) => ofUser({ accessKeys: [{ id: "AKIAALICE00000000001", secret }] });
  await start(ofKey({ material: material(1) }));
  await start(ofKey({}));
  await assert.rejects(
    start(ofKey({ material: material(2) })),
    /^OperatorError: Cannot plant accounts\[0\]\.keys\[0\]: key \S+ is there with other material$/,
  );
  await start(keyed("one-secret-of-alice"));
  await assert.rejects(start(keyed("two-secret-of-alice")), /is there with another secret or owner$/);
});

import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Cbor, type CborMap, decodeCbor, encodeCbor, Tagged } from "./cbor.ts";
import { makeCertificate } from "./certificate.ts";
import { DevelopmentRoot, type DocumentWish, signDocument } from "./development.ts";
import { readDocument } from "./document.ts";
import { NotAttested } from "./not-attested.ts";

const root = new DevelopmentRoot(createHash("sha384").update("root").digest());
const roots = new Set([root.publicKeyName]);
const now = Date.UTC(2026, 5, 1);
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const spki = rsa.publicKey.export({ format: "der", type: "spki" });
const wish: DocumentWish = {
  moduleId: "i-1234567890abcdef0-enc1234567890abcdef0",
  kind: "enclave",
  pcrs: new Map([
    [0, Buffer.alloc(48, 0xab)],
    [8, Buffer.alloc(48, 1)],
  ]),
  publicKey: spki,
  now,
};

const genuine = root.makeDocument(wish);
const genuineContent = decodeCbor((decodeCbor(genuine) as readonly Cbor[])[2] as Buffer) as CborMap;
const key = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;

const refused = (document: Buffer, why: RegExp, at = now, trusted = roots): void => {
  assert.throws(
    () => readDocument(document, trusted, at),
    (error) => error instanceof NotAttested && why.test(error.message),
    String(why),
  );
};

describe("an attestation document", () => {
  test("is believed when its chain ends at the root, it is fresh, and its signature holds", () => {
    const document = root.makeDocument(wish);
    const { moduleId, kind, pcrs, publicKey } = readDocument(document, roots, now + 299_000);
    assert.deepEqual([moduleId, kind], [wish.moduleId, "enclave"]);
    assert.equal(pcrs.get(0), "ab".repeat(48));
    assert.equal(pcrs.get(1), undefined);
    assert.deepEqual(publicKey.export({ format: "der", type: "spki" }), spki);
    const tagged = encodeCbor(new Tagged(18, decodeCbor(document)));
    assert.equal(readDocument(tagged, roots, now).moduleId, wish.moduleId);
    const tpm = root.makeDocument({ ...wish, kind: "nitro-tpm", pcrs: new Map([[4, Buffer.alloc(48, 4)]]) });
    assert.deepEqual([...readDocument(tpm, roots, now).pcrs.keys()], [4]);
  });

  test("is not believed when it is old, early, of another root, or carries no fit key", () => {
    const document = root.makeDocument(wish);
    refused(document, /expired/, now + 301_000);
    refused(document, /outside its dates|expired/, now - 301_000);
    refused(document, /outside its dates/, now + 4 * 3_600_000);
    refused(document, /trusted root/, now, new Set());
    refused(new DevelopmentRoot(randomBytes(48).fill(0, 0, 24)).makeDocument(wish), /trusted root/);
    refused(root.makeDocument({ ...wish, publicKey: null }), /malformed/);
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "der", type: "spki" });
    refused(root.makeDocument({ ...wish, publicKey: ec }), /RSA/);
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "der", type: "spki" });
    refused(root.makeDocument({ ...wish, publicKey: small }), /RSA/);
    refused(root.makeDocument({ ...wish, publicKey: Buffer.from("no key") }), /cannot be verified/);
    refused(root.makeDocument({ ...wish, pcrs: new Map([[0, Buffer.alloc(47)]]) }), /malformed/);
    refused(root.makeDocument({ ...wish, pcrs: new Map([[32, Buffer.alloc(48)]]) }), /malformed/);
    refused(root.makeDocument({ ...wish, pcrs: new Map() }), /malformed/);
  });

  /** A genuine document's payload with some of its members set, signed by a key of the attacker's. */
  const forged = (change: (payload: Map<string, Cbor>) => void): Buffer => {
    const content = new Map(genuineContent) as Map<string, Cbor>;
    change(content);
    return signDocument(encodeCbor(content), key);
  };

  test("is not believed when somebody else signs it, or a leaf plays the authority", () => {
    refused(
      forged(() => {}),
      /not signed by its certificate/,
    );
    const own = { subject: "attacker", key, from: now - 1000, to: now + 1000 };
    const self = makeCertificate({ ...own, issuer: "attacker", issuerKey: key, authority: false });
    refused(
      forged((payload) => payload.set("certificate", self)),
      /not of its issuer/,
    );
    refused(
      forged((payload) => payload.set("cabundle", [self])),
      /trusted root/,
    );
    // The genuine root first, then an authority of the attacker's own.
    const authority = makeCertificate({ ...own, issuer: "Claviger development root", issuerKey: key, authority: true });
    const leaf = makeCertificate({ ...own, issuer: "attacker", issuerKey: key, authority: false });
    const [first] = genuineContent.get("cabundle") as readonly Cbor[];
    refused(
      forged((payload) => void payload.set("cabundle", [first!, authority]).set("certificate", leaf)),
      /not of its issuer/,
    );
    refused(
      forged((payload) => void payload.set("cabundle", [first!]).set("certificate", authority)),
      /no authority/,
    );
  });

  test("whose certificate list is empty, or longer than any, is malformed", () => {
    for (const bundle of [[], Array.from({ length: 9 }, () => Buffer.of(1)), null, [Buffer.alloc(0)], ["text"]])
      refused(
        forged((payload) => payload.set("cabundle", bundle)),
        /malformed/,
      );
  });

  test("with one bit changed is not believed, wherever the bit is", () => {
    const document = genuine;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: document.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(document);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        assert.throws(() => readDocument(changed, roots, now), NotAttested);
      }),
      { numRuns: 150 },
    );
  });

  test("made of anything at all makes NotAttested and nothing else", () => {
    const member = fc.constantFrom(
      "module_id",
      "digest",
      "timestamp",
      "pcrs",
      "nitrotpm_pcrs",
      "certificate",
      "cabundle",
      "public_key",
    );
    const bytes = fc.uint8Array({ maxLength: 200 }).map((given) => Buffer.from(given));
    const leaf = fc.oneof(bytes, fc.integer(), fc.string(), fc.constant(null)) as fc.Arbitrary<Cbor>;
    const value = fc.oneof(
      leaf,
      fc.array(leaf, { maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(40), bytes), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    ) as fc.Arbitrary<Cbor>;
    fc.assert(
      fc.property(member, value, (name, content) => {
        assert.throws(() => readDocument(forgedWith(name, content), roots, now), NotAttested);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (given) => {
        assert.throws(() => readDocument(Buffer.from(given), roots, now), NotAttested);
      }),
    );
  });

  const forgedWith = (name: string, content: Cbor): Buffer => forged((payload) => payload.set(name, content));
});

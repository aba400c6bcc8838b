import { decryptExternal, encryptExternal, materialPrefix } from "../../crypto/external.ts";
import { refuse } from "../../errors.ts";
import type { Call, Operation } from "../../operation.ts";
import { askKey, keyResource } from "./ask-key.ts";
import { findKey, type FoundKey, type KnownKey, present } from "./find-key.ts";
import { metadataOf } from "../../xks/protocol.ts";
import { keyRowId } from "./entities.ts";
import { materialsOf, noMaterial, openMaterial } from "./materials.ts";
import { stateIn } from "./key-stores/find-store.ts";
import { usable } from "./use-key.ts";

/** What an external key store proxy (`claviger xks serve`) hands on of a request; bytes as base64. */
interface Input {
  KeyId: string;
  /** What the other KMS said of its own caller. */
  RequestMetadata?: unknown;
  AdditionalAuthenticatedData?: string;
  Plaintext?: string;
  Ciphertext?: string;
  Metadata?: string;
  InitializationVector?: string;
  AuthenticationTag?: string;
}

const plaintextMost = 8192;

const bytesOf = (input: Input, member: Exclude<keyof Input, "KeyId" | "RequestMetadata">): Buffer => {
  const text = input[member] ?? "";
  const bytes = typeof text === "string" ? Buffer.from(text, "base64") : undefined;
  return bytes && bytes.length <= plaintextMost ? bytes : refuse("ValidationException", `${member} is not valid.`);
};

const keyIdOf = ({ KeyId }: Input): string =>
  typeof KeyId === "string" && KeyId.length > 0 && KeyId.length <= 2048
    ? KeyId
    : refuse("ValidationException", "KeyId is not valid.");

/** Only texts of a known name, and not too long, reach a record. */
function recordedMetadata({ RequestMetadata: given }: Input): object {
  const { required, optional } = metadataOf.encrypt;
  const metadata = typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {};
  const known = [...required, ...optional].filter((name) => typeof metadata[name] === "string");
  return Object.fromEntries(known.map((name) => [name, String(metadata[name]).slice(0, 2048)]));
}

/** A key as an external one: permission, state, usage and record are those of the operation `asked`. */
const external = (
  name: string,
  asked: string,
  run: (input: Input, key: KnownKey, call: Call, decision: Parameters<typeof openMaterial>[0]) => object,
): Operation<Input, unknown, FoundKey> => ({
  name,
  readOnly: true,
  requestParameters: (input) => ({ keyId: input.KeyId, requestMetadata: recordedMetadata(input) }),
  find: (input, call) => findKey(keyIdOf(input), call, { aliases: true }),
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [
    askKey(asked, found, call, [
      ["kms:calleraccount", call.caller.facts.account],
      ["kms:encryptionalgorithm", "SYMMETRIC_DEFAULT"],
    ]),
  ],
  run: (input, found, call, [decision]) => ({ answer: run(input, present(found), call, decision!) }),
});

/** Throws InvalidKeyUsageException for a key that is no AES-256 key of this installation. */
function fit(found: FoundKey, operation: string): KnownKey {
  const key = usable(found, operation);
  const { spec, customKeyStoreId } = key.entity.content;
  if (spec !== "SYMMETRIC_DEFAULT" || customKeyStoreId !== undefined)
    refuse(
      "InvalidKeyUsageException",
      `${key.arn} cannot be an external key: it is no AES-256 key of this installation.`,
    );
  return key;
}

const describe = external("XksDescribeKey", "DescribeKey", (_input, { entity, store }) => {
  const { spec, usage, customKeyStoreId } = entity.content;
  const symmetric = spec === "SYMMETRIC_DEFAULT" && usage === "ENCRYPT_DECRYPT" && customKeyStoreId === undefined;
  return { Symmetric: symmetric, Enabled: stateIn(store, entity.content) === "Enabled" };
});

const encrypt = external("XksEncrypt", "Encrypt", (input, found, call, decision) => {
  const { entity } = fit(found, "Encrypt");
  const key = entity.content;
  const material = openMaterial(decision, key, key.currentMaterialId ?? "", call) ?? noMaterial(key);
  const associated = bytesOf(input, "AdditionalAuthenticatedData");
  const { metadata, iv, ciphertext, tag } = encryptExternal(material, bytesOf(input, "Plaintext"), associated);
  return {
    Ciphertext: ciphertext.toString("base64"),
    Metadata: metadata.toString("base64"),
    InitializationVector: iv.toString("base64"),
    AuthenticationTag: tag.toString("base64"),
  };
});

const decrypt = external("XksDecrypt", "Decrypt", (input, found, call, decision) => {
  const { entity } = fit(found, "Decrypt");
  const key = entity.content;
  const message = {
    metadata: bytesOf(input, "Metadata"),
    iv: bytesOf(input, "InitializationVector"),
    ciphertext: bytesOf(input, "Ciphertext"),
    tag: bytesOf(input, "AuthenticationTag"),
  };
  const associated = bytesOf(input, "AdditionalAuthenticatedData");
  const prefix = materialPrefix(message.metadata);
  if (prefix === undefined) return refuse("InvalidCiphertextException", "");
  for (const { content } of materialsOf(keyRowId(key.region, key.keyId), call)) {
    if (!content.materialId.startsWith(prefix)) continue;
    const material = openMaterial(decision, key, content.materialId, call);
    const plaintext = material && decryptExternal(material, message, associated);
    if (plaintext) return { Plaintext: plaintext.toString("base64") };
  }
  return refuse("InvalidCiphertextException", "");
});

/** What `claviger xks serve` calls, beside AWS's own operations: the installation's interface lists them. */
export const externalUse: readonly Operation[] = [describe, encrypt, decrypt];

import { canonicalContext } from "../../crypto/encryption-context.ts";
import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import type { Decision } from "../../policy/decision.ts";
import { contextValues, type Values } from "./ask-key.ts";
import { checkState, checkUsage } from "./key-states.ts";
import { type FoundKey, type KnownKey, present } from "./find-key.ts";
import { openMaterial } from "./materials.ts";

export type Context = Readonly<Record<string, string>>;

/** The conditions of every operation that encrypts: the algorithm is visible even when it is left out. */
export const encryptionValues = (context: Context | undefined, algorithm = "SYMMETRIC_DEFAULT"): Values => [
  ["kms:encryptionalgorithm", algorithm],
  ...contextValues(context),
];

/** After the yes: the key is there, of the right usage, and in a state to be used. */
export function usable(found: FoundKey, operation: string): KnownKey {
  const known = present(found);
  const { content } = known.entity;
  checkUsage(content, known.arn, "ENCRYPT_DECRYPT", operation);
  checkState(content, known.arn, "use");
  return known;
}

export interface Encrypted {
  readonly blob: Buffer;
  readonly materialId: string;
}

/** Under the key's current material. */
export function encryptUnder(
  decision: Decision,
  { entity }: KnownKey,
  message: Uint8Array,
  context: Context | undefined,
  call: Call,
): Encrypted {
  const key = entity.content;
  const id = key.currentMaterialId ?? "";
  const material = openMaterial(decision, key, id, call);
  if (!material) throw new Error("a key in use has no material");
  return { blob: material.encrypt(message, canonicalContext(context), call.clocks.wall()), materialId: id };
}

/** The algorithm of a key that encrypts is SYMMETRIC_DEFAULT when none is said, whatever its spec. */
export function checkAlgorithm(algorithm: string | undefined, spec: string): void {
  if ((algorithm ?? "SYMMETRIC_DEFAULT") !== "SYMMETRIC_DEFAULT" || spec !== "SYMMETRIC_DEFAULT")
    refuse(
      "InvalidKeyUsageException",
      `Algorithm ${algorithm ?? "SYMMETRIC_DEFAULT"} is incompatible with key spec ${spec}.`,
    );
}

/** NumberOfBytes or KeySpec, exactly one (kms.md, section 2). */
export function dataKeyBytes({ NumberOfBytes, KeySpec }: { NumberOfBytes?: number; KeySpec?: string }): number {
  if ((NumberOfBytes === undefined) === (KeySpec === undefined))
    return refuse("ValidationException", "Please specify either number of bytes or key spec.");
  return NumberOfBytes ?? (KeySpec === "AES_256" ? 32 : 16);
}

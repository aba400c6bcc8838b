import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { findSource, type FoundSource, openSource } from "../ciphertext-key.ts";
import { endDryRun } from "../dry-run.ts";
import { findKey, type FoundKey } from "../find-key.ts";
import { withManagedKey } from "../managed-keys.ts";
import { checkAlgorithm, type Context, encryptionValues, encryptUnder, usable } from "../use-key.ts";

interface Input {
  CiphertextBlob?: Buffer;
  SourceEncryptionContext?: Context;
  SourceKeyId?: string;
  DestinationKeyId: string;
  DestinationEncryptionContext?: Context;
  SourceEncryptionAlgorithm?: string;
  DestinationEncryptionAlgorithm?: string;
  GrantTokens?: string[];
  DryRun?: boolean;
  DryRunModifiers?: string[];
}

interface Found {
  readonly source: FoundSource;
  readonly destination: FoundKey;
}

export const reEncrypt: Operation<Input, unknown, Found> = {
  name: "ReEncrypt",
  readOnly: true,
  requestParameters: (input) => ({
    sourceEncryptionAlgorithm: input.SourceEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT",
    ...(input.SourceEncryptionContext && { sourceEncryptionContext: input.SourceEncryptionContext }),
    ...(input.SourceKeyId !== undefined && { sourceKeyId: input.SourceKeyId }),
    destinationKeyId: input.DestinationKeyId,
    destinationEncryptionAlgorithm: input.DestinationEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT",
    ...(input.DestinationEncryptionContext && { destinationEncryptionContext: input.DestinationEncryptionContext }),
    ...(input.DryRun !== undefined && { dryRun: input.DryRun }),
  }),
  find: (input, call) => ({
    source: findSource(input.CiphertextBlob, input.SourceKeyId, ignoresCiphertext(input), call),
    destination: withManagedKey(input.DestinationKeyId, call, () =>
      findKey(input.DestinationKeyId, call, { aliases: true }),
    ),
  }),
  resources: ({ source, destination }) => [keyResource(source), keyResource(destination)],
  asks: (input, { source, destination }, call) => {
    const same = ["kms:reencryptonsamekey", String(source.arn === destination.arn)] as const;
    const from = [...encryptionValues(input.SourceEncryptionContext, input.SourceEncryptionAlgorithm), same];
    const to = [...encryptionValues(input.DestinationEncryptionContext, input.DestinationEncryptionAlgorithm), same];
    return [askKey("ReEncryptFrom", source, call, from, source.phrase), askKey("ReEncryptTo", destination, call, to)];
  },
  run: (input, { source, destination }, call, [from, to]) => {
    const key = usable(destination, "ReEncrypt");
    if (ignoresCiphertext(input) && !input.CiphertextBlob) {
      usable(source, "ReEncrypt");
      endDryRun(true);
    }
    checkAlgorithm(input.SourceEncryptionAlgorithm, source.entity?.content.spec ?? "");
    checkAlgorithm(input.DestinationEncryptionAlgorithm, key.entity.content.spec);
    const opened = openSource(from!, source, "ReEncrypt", input.SourceEncryptionContext, call);
    endDryRun(input.DryRun);
    const { blob, materialId } = encryptUnder(to!, key, opened.message, input.DestinationEncryptionContext, call);
    opened.message.fill(0);
    return {
      answer: {
        CiphertextBlob: blob,
        SourceKeyId: opened.arn,
        KeyId: key.arn,
        SourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
        DestinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
        SourceKeyMaterialId: opened.materialId,
        DestinationKeyMaterialId: materialId,
      },
      additionalEventData: { sourceKeyMaterialId: opened.materialId, destinationKeyMaterialId: materialId },
    };
  },
};

const ignoresCiphertext = ({ DryRun, DryRunModifiers }: Input): boolean =>
  DryRun === true && DryRunModifiers?.includes("IGNORE_CIPHERTEXT") === true;

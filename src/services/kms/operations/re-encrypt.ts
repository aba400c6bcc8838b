import type { Operation, Outcome } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { findSource, type FoundSource, type Opened, openSource } from "../ciphertext-key.ts";
import { endDryRun } from "../dry-run.ts";
import { findKey, type FoundKey, type KnownKey } from "../find-key.ts";
import { withManagedKey } from "../managed-keys.ts";
import { whenDone } from "../slow-work.ts";
import {
  checkContext,
  checkLength,
  type Context,
  type Encrypted,
  encryptionOf,
  encryptionValues,
  encryptUnder,
  usable,
} from "../use-key.ts";

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
    if (ignoresCiphertext(input)) {
      usable(source, "ReEncrypt");
      endDryRun(true);
    }
    const chosen = encryptionOf(key, input.DestinationEncryptionAlgorithm);
    checkContext(chosen, input.DestinationEncryptionContext);
    const how = {
      operation: "ReEncrypt",
      algorithm: input.SourceEncryptionAlgorithm,
      context: input.SourceEncryptionContext,
    };
    return whenDone(openSource(from!, source, how, call), (opened) => {
      const wipe = () => void opened.message.fill(0);
      let encrypted: Encrypted | Promise<Encrypted> | undefined;
      try {
        checkLength(chosen, opened.message);
        endDryRun(input.DryRun);
        encrypted = encryptUnder(to!, key, chosen, opened.message, input.DestinationEncryptionContext, call);
        // Work that waits its turn still needs the message: it is wiped when that is done.
        const waited = encrypted instanceof Promise ? encrypted.finally(wipe) : encrypted;
        return whenDone(waited, (made) => reEncrypted(opened, key, chosen.name, made));
      } finally {
        if (!(encrypted instanceof Promise)) wipe();
      }
    });
  },
};

const reEncrypted = (
  opened: Opened,
  key: KnownKey,
  algorithm: string,
  { blob, materialId, event }: Encrypted,
): Outcome<unknown> => ({
  answer: {
    CiphertextBlob: blob,
    SourceKeyId: opened.arn,
    KeyId: key.arn,
    SourceEncryptionAlgorithm: opened.algorithm,
    DestinationEncryptionAlgorithm: algorithm,
    SourceKeyMaterialId: opened.materialId,
    DestinationKeyMaterialId: materialId,
  },
  additionalEventData: {
    ...(opened.materialId === undefined ? opened.event : { sourceKeyMaterialId: opened.materialId }),
    ...(materialId === undefined ? event : { destinationKeyMaterialId: materialId }),
  },
});

const ignoresCiphertext = ({ DryRun, DryRunModifiers }: Input): boolean =>
  DryRun === true && DryRunModifiers?.includes("IGNORE_CIPHERTEXT") === true;

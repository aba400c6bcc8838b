import { hash } from "node:crypto";
import type { Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { openedKey } from "../../../volumes/data-key.ts";
import { planOf, type Snapshot } from "../../../volumes/entities.ts";
import { forwarders, voiceOf } from "../../../volumes/kms-voice.ts";
import { askEbs, findComplete, snapshotResource } from "../find-snapshot.ts";
import { invalid, refuseDependency } from "../refuse-ebs.ts";
import { checkBlockToken } from "../tokens.ts";

interface Input {
  SnapshotId: string;
  BlockIndex: number;
  BlockToken: string;
}

export const getSnapshotBlock: Operation<Input, unknown, Entity<Snapshot>> = {
  name: "GetSnapshotBlock",
  readOnly: true,
  dataEvent: true,
  requestParameters: (input) => ({ snapshotId: input.SnapshotId, blockIndex: input.BlockIndex }),
  find: (input, call) => findComplete(input.SnapshotId, call),
  resources: (found) => [snapshotResource(found)],
  asks: (input, _found, call) => [askEbs("GetSnapshotBlock", input.SnapshotId, call)],
  run: async ({ SnapshotId, BlockIndex, BlockToken }, found, call, decisions) => {
    checkBlockToken(BlockToken, SnapshotId, BlockIndex, call);
    const kms = voiceOf(call, forwarders.direct());
    const wrapped = found.content.key.kms;
    const missing = (error: unknown) => refuseDependency(error, "KMS key not found");
    if (wrapped) await kms("DescribeKey", { KeyId: wrapped.keyArn }).catch(missing);
    const key = await openedKey(found, kms, call.seal, decisions[0]!).catch(missing);
    const plan = planOf(found.content);
    // A block that is damaged on disk is the service's fault: it is told nothing but that, and the log names it.
    const bytes = await call.disks
      .order(SnapshotId, "read", { plan, key, block: BlockIndex })
      .finally(() => key.fill(0));
    if (!bytes) return invalid("Failed to read block data", "INVALID_PARAMETER_VALUE");
    return {
      answer: {
        DataLength: bytes.length,
        BlockData: bytes,
        Checksum: hash("sha256", bytes, "base64"),
        ChecksumAlgorithm: "SHA256",
      },
    };
  },
};

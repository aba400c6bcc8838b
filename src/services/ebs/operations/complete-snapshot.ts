import type { Operation, Outcome } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { openedKey } from "../../../volumes/data-key.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { forwarders, voiceOf } from "../../../volumes/kms-voice.ts";
import { askEbs, findOwn, snapshotResource } from "../find-snapshot.ts";
import { invalid, refuseDependency } from "../refuse-ebs.ts";
import { linearChecksum } from "../linear-checksum.ts";

interface Input {
  SnapshotId: string;
  ChangedBlocksCount: number;
  Checksum?: string;
  ChecksumAlgorithm?: string;
  ChecksumAggregationMethod?: string;
}

export const completeSnapshot: Operation<Input, unknown, Entity<Snapshot>> = {
  name: "CompleteSnapshot",
  readOnly: false,
  requestParameters: (input) => ({ snapshotId: input.SnapshotId, changedBlocksCount: input.ChangedBlocksCount }),
  find: (input, call) => findOwn(input.SnapshotId, call),
  resources: (found) => [snapshotResource(found)],
  asks: (input, _found, call) => [askEbs("CompleteSnapshot", input.SnapshotId, call)],
  run: async (input, found, call, decisions): Promise<Outcome<unknown>> => {
    const { snapshotId, direct, below } = found.content;
    if (!direct) return { answer: { Status: "completed" } };
    const open = () =>
      openedKey(found, voiceOf(call, forwarders.direct()), call.seal, decisions[0]!).catch((error: unknown) =>
        refuseDependency(error, "KMS key not found"),
      );
    const { top } = direct;
    let root = await call.disks.order(snapshotId, "freeze", { id: top });
    if (root === undefined) {
      const key = await open();
      root = await call.disks.order(snapshotId, "freeze", { id: top, key });
      key.fill(0);
    }
    const layer = { id: top, root: root! };
    const blocks = await call.disks.order(snapshotId, "blocks", { below: [layer] });
    if (blocks.length !== input.ChangedBlocksCount)
      invalid(
        `The number of changed blocks ${input.ChangedBlocksCount} does not match the ${blocks.length} blocks that were written`,
        "INVALID_PARAMETER_VALUE",
      );
    if (input.Checksum !== undefined) {
      const checksum = await linearChecksum(found.content, layer, blocks, open, call);
      if (checksum !== input.Checksum)
        invalid("The checksum does not match the blocks that were written", "INVALID_PARAMETER_VALUE");
    }
    const { direct: _done, ...rest } = found.content;
    const completed: Snapshot = {
      ...rest,
      below: [...below, layer],
      state: "completed",
      progress: 100,
      completedAt: call.now,
    };
    return { answer: { Status: "completed" }, changes: [call.entities.put(found, completed)] };
  },
};

import { recordedTime } from "../../../clocks.ts";
import { hash } from "node:crypto";
import type { Call, Operation, Outcome } from "../../../operation.ts";
import { reference } from "../../../store/store.ts";
import type { Entity } from "../../../store/entities.ts";
import { regionScope, type Snapshot, snapshotRowId } from "../../../volumes/entities.ts";
import { newId, newLayerId } from "../../../volumes/ids.ts";
import { useLayers } from "../../../volumes/layer-uses.ts";
import { askEbs, findOwn } from "../find-snapshot.ts";
import { invalid, refuseEbs } from "../refuse-ebs.ts";
import { snapshotKey } from "../snapshot-key.ts";

interface Input {
  VolumeSize: number;
  ParentSnapshotId?: string;
  Tags?: { Key?: string; Value?: string }[];
  Description?: string;
  ClientToken?: string;
  Encrypted?: boolean;
  KmsKeyArn?: string;
  Timeout?: number;
}

interface Found {
  readonly parent: Entity<Snapshot> | undefined;
  readonly before: Entity<Snapshot> | undefined;
}

const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";

export const startSnapshot: Operation<Input, unknown, Found> = {
  name: "StartSnapshot",
  readOnly: false,
  requestParameters: (input) => ({
    volumeSize: input.VolumeSize,
    ...(input.ParentSnapshotId !== undefined && { parentSnapshotId: input.ParentSnapshotId }),
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    ...(input.Encrypted !== undefined && { encrypted: input.Encrypted }),
    ...(input.KmsKeyArn !== undefined && { kmsKeyArn: hidden }),
    ...(input.Timeout !== undefined && { timeout: input.Timeout }),
  }),
  find: (input, call) => {
    checkInput(input);
    const parent = input.ParentSnapshotId === undefined ? undefined : findOwn(input.ParentSnapshotId, call);
    if (parent && parent.content.state !== "completed")
      invalid(`Source snapshot (${input.ParentSnapshotId}) is not complete.`, "INVALID_SNAPSHOT_ID");
    if (parent && parent.content.sizeGiB > input.VolumeSize)
      invalid("The volume size is smaller than the parent snapshot's.", "INVALID_VOLUME_SIZE");
    return { parent, before: sameRequest(input, call) };
  },
  asks: (input, _found, call) => [
    askEbs("StartSnapshot", "*", call),
    ...(input.ParentSnapshotId === undefined ? [] : [askEbs("StartSnapshot", input.ParentSnapshotId, call)]),
  ],
  run: async (input, { parent, before }, call, decisions): Promise<Outcome<unknown>> => {
    if (before) return { answer: answerOf(before.content) };
    const snapshotId = newId("snap");
    const id = snapshotRowId(call.region, snapshotId);
    const { key, secret, encrypted } = await snapshotKey(input, parent, snapshotId, call, decisions);
    const top = newLayerId();
    await call.disks.order(snapshotId, "create", { id: top });
    const { account } = call.caller.facts;
    const snapshot: Snapshot = {
      account,
      region: call.region,
      snapshotId,
      volumeId: "vol-ffffffff",
      sizeGiB: input.VolumeSize,
      description: input.Description ?? "",
      state: "pending",
      progress: 0,
      encrypted,
      key,
      below: parent?.content.below ?? [],
      direct: { top, timeoutMinutes: input.Timeout ?? 60, changedAt: call.now },
      createdAt: call.now,
      tags: (input.Tags ?? []).map(({ Key = "", Value = "" }) => ({ Key, Value })),
      sharedWith: [],
      ...(parent && { parentId: parent.content.snapshotId }),
      ...(input.ClientToken !== undefined && { request: { token: input.ClientToken, hash: requestHash(input) } }),
    };
    const layers = [top, ...snapshot.below.map((layer) => layer.id)];
    return {
      answer: answerOf(snapshot),
      changes: [
        call.entities.create("snapshot", id, snapshot, { scope: regionScope(snapshot), secret }),
        ...useLayers(call.entities, layers, id),
        ...(input.ClientToken === undefined
          ? []
          : [call.entities.create("client-token", tokenId(input.ClientToken, call), { id }, { scope: "" })]),
      ],
      responseElements: {
        snapshotId,
        ownerId: account,
        status: "pending",
        startTime: recordedTime(snapshot.createdAt),
        volumeSize: snapshot.sizeGiB,
        blockSize,
        ...(encrypted && { kmsKeyArn: hidden }),
      },
    };
  },
};

const blockSize = 524_288;

function checkInput({ ParentSnapshotId, Encrypted, KmsKeyArn }: Input): void {
  const both = (a: string, b: string) =>
    invalid(`${a} and ${b} cannot be specified together`, "INVALID_PARAMETER_VALUE");
  if (ParentSnapshotId !== undefined && Encrypted !== undefined) both("ParentSnapshotId", "Encrypt");
  if (ParentSnapshotId !== undefined && KmsKeyArn !== undefined) both("ParentSnapshotId", "KmsKeyArn");
  if (KmsKeyArn !== undefined && Encrypted === false)
    invalid("Encrypt cannot be false when KmsKeyArn is specified", "INVALID_PARAMETER_VALUE");
}

const tokenId = (token: string, call: Call): string => `ebs/${call.caller.facts.account}/${call.region}/${token}`;
const requestHash = (input: Input): string => hash("sha256", JSON.stringify(input));

/** The snapshot that the same request with this token made. Throws ConflictException when another request did. */
function sameRequest(input: Input, call: Call): Entity<Snapshot> | undefined {
  if (input.ClientToken === undefined) return undefined;
  const id = tokenId(input.ClientToken, call);
  call.used.push(reference.row("client-token", id));
  const made = call.entities.get<{ id: string }>("client-token", id);
  const snapshot = made && call.entities.get<Snapshot>("snapshot", made.content.id);
  if (snapshot && snapshot.content.request?.hash !== requestHash(input))
    refuseEbs("ConflictException", "Current request does not match request stored with this token.", "CONFLICT");
  return snapshot;
}

function answerOf(snapshot: Snapshot): object {
  return {
    SnapshotId: snapshot.snapshotId,
    Description: snapshot.description,
    OwnerId: snapshot.account,
    Status: snapshot.state,
    StartTime: snapshot.createdAt,
    VolumeSize: snapshot.sizeGiB,
    BlockSize: blockSize,
    Tags: snapshot.tags,
    ...(snapshot.parentId !== undefined && { ParentSnapshotId: snapshot.parentId }),
    ...(snapshot.key.kms && { KmsKeyArn: snapshot.key.kms.keyArn }),
    SseType: snapshot.encrypted ? "sse-kms" : "none",
  };
}

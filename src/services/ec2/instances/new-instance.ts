import { hash } from "node:crypto";
import type { Tag } from "../../../identity/entities.ts";
import type { Call } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Change } from "../../../store/entities.ts";
import { addAttachment } from "../../../volumes/attaching.ts";
import { type Attachment, instanceRowId, regionScope } from "../../../volumes/entities.ts";
import { newId } from "../../../volumes/ids.ts";
import type { LaunchedInstance } from "../../../volumes/instance.ts";
import type { Launch } from "../../../volumes/launching.ts";
import { workFor } from "../../../volumes/work.ts";
import { present } from "../find-resource.ts";
import { volumeToMake } from "../volumes/new-volume.ts";
import type { LaunchDevice } from "./launch-devices.ts";

/** What all instances of a launch have in common. */
export type InstanceTraits = Omit<
  LaunchedInstance,
  "account" | "region" | "instanceId" | "launchIndex" | "address" | "state" | "transitionReason" | "launchedAt" | "tags"
>;

export interface LaunchWish {
  readonly traits: InstanceTraits;
  readonly cidr: string;
  readonly devices: readonly LaunchDevice[];
  readonly userData: string | undefined;
  readonly tags: { readonly instance: readonly Tag[]; readonly volume: readonly Tag[] };
}

/** A pending instance with its volumes, and the work that launches it. */
export function newInstance(
  { traits, cidr, devices, userData, tags }: LaunchWish,
  launchIndex: number,
  call: Call,
  decision: Decision,
): { instance: LaunchedInstance; changes: Change[] } {
  const { entities, seal } = call;
  const instanceId = newId("i");
  const id = instanceRowId(call.region, instanceId);
  const instance: LaunchedInstance = {
    ...traits,
    account: call.caller.facts.account,
    region: call.region,
    instanceId,
    launchIndex,
    address: addressIn(cidr, instanceId),
    state: "pending",
    transitionReason: "",
    launchedAt: call.now,
    tags: [...tags.instance],
  };
  const secret = userData === undefined ? null : seal.wrap({ kind: "instance", id }, Buffer.from(userData));
  const fillings: Record<string, Launch["fillings"][string]> = {};
  const changes = devices.flatMap(({ device, shape, snapshot, keyId, deleteOnTermination }) => {
    const attachment: Attachment = {
      instanceId,
      device,
      state: "attaching",
      attachedAt: call.now,
      deleteOnTermination,
    };
    const source = snapshot && present(snapshot);
    const wish = { shape, zone: traits.zone, snapshot: source, keyId, tags: tags.volume, attachments: [attachment] };
    const made = volumeToMake(wish, call, decision);
    fillings[made.volume.volumeId] = made.making;
    return [...made.changes, addAttachment(entities, made.volume, attachment)];
  });
  const launch: Launch = { fillings };
  return {
    instance,
    changes: [
      entities.create("instance", id, instance, { scope: regionScope(instance), secret }),
      ...changes,
      workFor(call, "launch-instance", { kind: "instance", id }, launch),
    ],
  };
}

/** An address of the subnet; nothing answers there. */
function addressIn(cidr: string, instanceId: string): string {
  const [a = "172", b = "31", c = "0"] = cidr.split(".");
  const number = 4 + (hash("sha256", instanceId, "buffer").readUInt32BE(0) % 4090);
  return `${a}.${b}.${Number(c) + (number >> 8)}.${number & 255}`;
}

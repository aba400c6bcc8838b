import type { Call } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { visibleSnapshot } from "../../../volumes/sharing.ts";
import { findResource, type FoundResource } from "../find-resource.ts";
import type { RowReader } from "../paging.ts";
import { refuse } from "../../../errors.ts";
import { present } from "../find-resource.ts";
import { snapshotKind } from "../resource-kinds.ts";

/** A snapshot that the caller may know of. Throws InvalidSnapshotID.Malformed. */
export const findSnapshot = (id: string, call: Call, region: string = call.region): FoundResource<Snapshot> =>
  findResource(snapshotKind, id, call, visibleSnapshot, region);

/** The caller's own. Throws InvalidSnapshot.NotFound; AuthFailure for one that is shared with it. */
export function owned(found: FoundResource<Snapshot>, call: Call): Entity<Snapshot> {
  const entity = present(found);
  if (entity.content.account !== call.caller.facts.account)
    refuse("AuthFailure", `Not authorized for snapshot:${found.id}`);
  return entity;
}

/**
 * kind "snapshot-share", id = `snapshot's row id/account`, scope = `account/region`, parent = the snapshot's row id: the
 * other side of `sharedWith`, for lists.
 */
export interface SnapshotShare {
  snapshot: string;
}

export const shareId = (snapshotRow: string, account: string): string => `${snapshotRow}/${account}`;
export const shareScope = (account: string, region: string): string => `${account}/${region}`;

/** Snapshots that are shared with an account, or with everybody. */
export const sharedRows =
  (account: string, call: Call): RowReader<Snapshot> =>
  ({ after, limit }) =>
    call.entities
      .listByScope<SnapshotShare>("snapshot-share", shareScope(account, call.region), {
        after: after === "" ? "" : shareId(after, account),
        limit,
      })
      .map(({ content }) => call.entities.get<Snapshot>("snapshot", content.snapshot)!);

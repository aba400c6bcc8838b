import type { Operation } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { askAll } from "../ask-ec2.ts";
import { describeResources, ownRows } from "../describe.ts";
import type { Filter, FilterFields } from "../filters.ts";
import type { Paging } from "../paging.ts";
import { recordedFilters, recordedItems } from "../recorded.ts";
import { refuse } from "../../../errors.ts";
import { snapshotKind } from "../resource-kinds.ts";
import { readable, shownSnapshot } from "../snapshots/show-snapshot.ts";
import { everybody, visibleSnapshot } from "../../../volumes/sharing.ts";
import { sharedRows } from "../snapshots/visible.ts";

interface Input extends Paging {
  OwnerIds?: string[];
  RestorableByUserIds?: string[];
  SnapshotIds?: string[];
  Filters?: Filter[];
  DryRun?: boolean;
}

const fields: FilterFields<Snapshot> = {
  description: ({ description }) => description,
  encrypted: (snapshot) => String(readable(snapshot) && snapshot.encrypted),
  "owner-alias": () => undefined,
  "owner-id": ({ account }) => account,
  progress: ({ progress }) => `${progress}%`,
  "snapshot-id": ({ snapshotId }) => snapshotId,
  "start-time": ({ createdAt }) => new Date(createdAt).toISOString(),
  status: ({ state }) => state,
  "storage-tier": () => "standard",
  "transfer-type": ({ copied, durationMinutes }) =>
    copied ? (durationMinutes === undefined ? "standard" : "time-based") : undefined,
  "volume-id": ({ volumeId }) => volumeId,
  "volume-size": (snapshot) => String(readable(snapshot) ? snapshot.sizeGiB : 0),
};

export const describeSnapshots: Operation<Input, unknown, void> = {
  name: "DescribeSnapshots",
  readOnly: true,
  requestParameters: ({ MaxResults, NextToken, OwnerIds, RestorableByUserIds, SnapshotIds, Filters }) => ({
    ...(MaxResults !== undefined && { maxResults: MaxResults }),
    ...(NextToken !== undefined && { nextToken: NextToken }),
    snapshotSet: recordedItems("snapshotId", SnapshotIds),
    ownersSet: recordedItems("owner", OwnerIds),
    sharedUsersSet: recordedItems("user", RestorableByUserIds),
    ...recordedFilters(Filters),
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeSnapshots", call)],
  run: (input, _found, call) => {
    const { account } = call.caller.facts;
    const owners = input.OwnerIds && new Set(input.OwnerIds.map((id) => ownerOf(id, account)));
    const restorers = input.RestorableByUserIds?.map((id) => (id === "self" ? account : restorerOf(id)));
    const onlyOwn = owners?.size === 1 && owners.has(account);
    const own = ownRows(snapshotKind, call);
    const page = describeResources(
      {
        kind: snapshotKind,
        set: "snapshotSet",
        fields,
        parts: onlyOwn ? [own] : [own, sharedRows(account, call), sharedRows(everybody, call)],
        visible: (snapshot, part) =>
          (part === undefined || partOf(snapshot, account) === part) && visibleSnapshot(snapshot, call),
        wanted: (snapshot) =>
          (!owners || owners.has(snapshot.account)) &&
          (!restorers || restorers.some((id) => snapshot.account === id || snapshot.sharedWith.includes(id))),
      },
      { ...input, ids: input.SnapshotIds },
      call,
    );
    const Snapshots = page.shown.map(({ content }) => shownSnapshot(content, account));
    return { answer: { Snapshots, ...page.more } };
  },
};

/** The list in which a snapshot stands, of the three. */
const partOf = ({ account: owner, sharedWith }: Snapshot, account: string): number =>
  owner === account ? 0 : sharedWith.includes(account) ? 1 : 2;

/** Nobody's snapshots are here but those of accounts. */
const aliases = new Set(["amazon", "aws-marketplace", "microsoft"]);

function ownerOf(id: string, account: string): string {
  if (id === "self") return account;
  return /^\d{12}$/.test(id) || aliases.has(id) ? id : noSuchUser(id);
}

const restorerOf = (id: string): string => (id === everybody || /^\d{12}$/.test(id) ? id : noSuchUser(id));

const noSuchUser = (id: string): never => refuse("InvalidUserID.Malformed", `Invalid user id: "${id.slice(0, 64)}"`);

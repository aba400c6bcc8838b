import type { Clocks } from "../clocks.ts";
import type { Trail } from "../audit/trail.ts";
import type { OrganizationTarget } from "../identity/organization.ts";
import type { Change, Entities, Entity } from "../store/entities.ts";
import type { Store } from "../store/store.ts";
import type { DigestKeys } from "./digest-keys.ts";
import { type AccountTrail, type Delivery, everything, type Span } from "./entities.ts";
import type { Buckets } from "./folder.ts";

/** What deliveries work with. */
export interface Post {
  readonly trail: Trail;
  readonly entities: Entities;
  readonly clocks: Clocks;
  readonly buckets: Buckets;
  readonly keys: DigestKeys;
  /** Asks KMS for a data key for an object, as CloudTrail, when the trail has a key. Rejects with AwsError. */
  readonly useKey: (trail: AccountTrail, object: string) => Promise<void>;
  readonly commit: (changes: readonly Change[]) => Promise<void>;
}

/** A change that was expected to take did not: somebody else changed the row; it is done again with what is there now. */
export class Overtaken extends Error {}

/** Nothing here is recorded: a delivery is no call. Rejects with Overtaken, or with Error when it cannot be written. */
export const committer =
  (store: Store) =>
  (changes: readonly Change[]): Promise<void> =>
    new Promise((resolve, reject) =>
      store.commit({ changes, records: [], used: [], decidedAt: store.changeNumber }, (outcome) => {
        if (outcome === "done") resolve();
        else reject(outcome instanceof Error ? outcome : new Overtaken(outcome));
      }),
    );

/** One trail's delivery, as it stands. */
export interface Standing {
  readonly delivery: Entity<Delivery>;
  /** As its owner wants it now, or as it was when it was deleted; undefined when nothing is left to do. */
  readonly trail: AccountTrail | undefined;
  /** Not deleted. */
  readonly wanted: boolean;
  /** Those that are not delivered to their end, oldest first; and those that are. */
  readonly open: readonly Entity<Span>[];
  readonly ended: readonly Entity<Span>[];
}

const rowsAtOnce = 500;

export function* allOf<T>(entities: Entities, kind: string, parent?: string): Generator<Entity<T>> {
  for (let after = ""; ; ) {
    const page = { after, limit: rowsAtOnce };
    const rows =
      parent === undefined
        ? entities.listByScope<T>(kind, everything, page)
        : entities.listByParent<T>(kind, parent, page);
    yield* rows;
    if (rows.length < rowsAtOnce) return;
    after = rows.at(-1)?.row.id ?? "";
  }
}

export function standingOf(entities: Entities, delivery: Entity<Delivery>): Standing {
  const spans = [...allOf<Span>(entities, "trail-span", delivery.row.id)];
  const kept = entities.get<AccountTrail>("account-trail", delivery.content.arn)?.content;
  const wanted = kept?.delivery === delivery.row.id;
  const final = spans.map(({ content }) => content.final).find((trail) => trail !== undefined);
  const open = spans.filter(({ content }) => content.ended === undefined);
  const ended = spans.filter(({ content }) => content.ended !== undefined);
  return { delivery, trail: wanted ? kept : final, wanted, open, ended };
}

/** Whose records a trail delivers: its own account's, or those of all members of its organization. */
export function isOf(entities: Entities, trail: AccountTrail, account: string): boolean {
  if (account === trail.account) return true;
  if (trail.organizationId === undefined) return false;
  const member = entities.get<OrganizationTarget>("organization-target", account);
  return member?.content.organizationId === trail.organizationId;
}

/** How S3 or KMS would name what went wrong, for GetTrailStatus. */
export function deliveryError(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === "AwsError") return code === "AccessDeniedException" ? "AccessDenied" : `KMS.${String(code)}`;
  return (typeof code === "string" ? fileErrors[code] : undefined) ?? "InternalError";
}

const fileErrors: Readonly<Record<string, string>> = {
  EACCES: "AccessDenied",
  EPERM: "AccessDenied",
  EROFS: "AccessDenied",
  ENOSPC: "InsufficientStorage",
  EDQUOT: "InsufficientStorage",
  EFBIG: "EntityTooLarge",
  ENOENT: "NoSuchBucket",
  ENOTDIR: "NoSuchBucket",
  EEXIST: "NoSuchBucket",
};

import type { Entity } from "../../../store/entities.ts";
import { contextOf, forwarders, grantee, type KmsVoice } from "../../../volumes/kms-voice.ts";
import { retireGrant } from "../../../volumes/volume-grants.ts";
import type { Hands, Work } from "../../../volumes/work.ts";
import type { CopyGrant, SnapshotCopy } from "./copy.ts";

/** Which key a grant is to be on, as whom it is asked for, and the context that it is bound to. */
export interface GrantWish {
  readonly keyArn: string;
  readonly region: string;
  readonly contextId: string;
  readonly operations: readonly string[];
  readonly asker: KmsVoice;
}

/** How far the copy is, read anew. */
export const copyOf = ({ target }: Work, { entities }: Hands): Entity<SnapshotCopy> => {
  const copy = entities.get<SnapshotCopy>("snapshot-copy", target.id);
  if (!copy) throw new Error("a copy is not under way");
  return copy;
};

/** Writes down how far the copy is. */
export async function noteCopy(
  work: Work,
  hands: Hands,
  change: (before: SnapshotCopy) => SnapshotCopy,
): Promise<void> {
  await hands.step(() => {
    const copy = copyOf(work, hands);
    return { changes: [hands.entities.put(copy, change(copy.content))] };
  });
}

/**
 * A grant for the service, made on the caller's way and known by the copy's name; one that is there already is kept,
 * whatever has become of the caller's permissions. Rejects with AwsError.
 */
export async function grantFor(work: Work, hands: Hands, wish: GrantWish): Promise<void> {
  const { keyArn, region, contextId, operations, asker } = wish;
  const made = copyOf(work, hands).content.grants;
  const context = contextOf(contextId);
  if (made.some((grant) => grant.keyArn === keyArn && grant.contextId === contextId)) return;
  const { GrantId } = await asker("CreateGrant", {
    KeyId: keyArn,
    GranteePrincipal: grantee(region),
    RetiringPrincipal: grantee(region),
    Operations: [...operations],
    Constraints: { EncryptionContextEquals: context },
    Name: nameOf(work),
  });
  const grant: CopyGrant = { keyArn, region, contextId, grantId: String(GrantId) };
  await noteCopy(work, hands, (before) => ({ ...before, grants: [...before.grants, grant] }));
}

/** `snap-…` of the copy. */
const nameOf = ({ target }: Work): string => target.id.slice(target.id.indexOf("/") + 1);

/** None is left over; those that are gone already are no loss. */
export async function retireGrants(work: Work, hands: Hands): Promise<void> {
  for (const grant of copyOf(work, hands).content.grants) await retireGrant(hands, grant.region, grant);
}

export const asEbs = (hands: Hands, region: string): KmsVoice => hands.asService(forwarders.copier(region), region);

/** The service's own grants under the copy's name that an end of the process kept from being written down. */
export async function findLostGrants(work: Work, hands: Hands, regions: readonly string[]): Promise<void> {
  const name = nameOf(work);
  for (const region of new Set(regions)) {
    for (let Marker: string | undefined; ; ) {
      const page = await asEbs(hands, region)("ListRetirableGrants", {
        RetiringServicePrincipal: grantee(region),
        Limit: 100,
        ...(Marker !== undefined && { Marker }),
      });
      for (const grant of page.Grants as ListedGrant[])
        if (grant.Name === name) await noteLost(work, hands, region, grant);
      if (page.Truncated !== true) break;
      Marker = String(page.NextMarker);
    }
  }
}

interface ListedGrant {
  Name?: string;
  KeyId: string;
  GrantId: string;
  Constraints?: { EncryptionContextEquals?: Record<string, string> };
}

async function noteLost(work: Work, hands: Hands, region: string, lost: ListedGrant): Promise<void> {
  const { KeyId: keyArn, GrantId: grantId, Constraints } = lost;
  const contextId = Constraints?.EncryptionContextEquals?.["aws:ebs:id"] ?? "";
  await noteCopy(work, hands, (before) =>
    before.grants.some((grant) => grant.grantId === grantId)
      ? before
      : { ...before, grants: [...before.grants, { keyArn, region, contextId, grantId }] },
  );
}

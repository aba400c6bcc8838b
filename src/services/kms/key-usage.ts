import type { Call, RecordedResource, Upkeep } from "../../operation.ts";
import type { Seal } from "../../seal/seal.ts";
import type { Change, Entities, Entity } from "../../store/entities.ts";
import { parseArn } from "../../arn.ts";
import type { Values } from "./ask-key.ts";
import { type Key, keyRowId } from "./entities.ts";
import { keyArn } from "./find-key.ts";
import { dayMs } from "./key-rows.ts";

/** kind "key-usage", id = the key's row id, scope = `account/region`, parent = the key's row id. */
export interface KeyUsage {
  operation: string;
  /** Domain milliseconds. */
  at: number;
  eventId: string;
  requestId: string;
}

/** Operations that use a key's material (kms.md, section 17): GetPublicKey and GenerateRandom are none. */
const tracked: ReadonlySet<string> = new Set([
  "Decapsulate",
  "Decrypt",
  "DeriveSharedSecret",
  "Encapsulate",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateMac",
  "ReEncrypt",
  "Sign",
  "Verify",
  "VerifyMac",
]);

/** A call that succeeded and is durable, as its record has it. */
export interface Settled {
  readonly operation: string;
  readonly caller: { readonly facts: { readonly account: string } };
  readonly requestId: string;
  readonly now: number;
  readonly resources?: readonly RecordedResource[];
  readonly eventId?: string;
  readonly ownersEventIds?: Readonly<Record<string, string>>;
}

/** A use is written down when this much wall time has gone since the last writing for its key. */
const writeMs = 5 * 60_000;

interface Noted extends KeyUsage {
  /** Wall time of the last writing; `written` is the use it wrote. */
  writtenAt: number;
  written: number;
}

/**
 * When each key was last used. A use costs one entry in memory; rows follow every few minutes and when the server
 * ends, so that a crash may lose the last minutes of uses of keys (they are in the trail all the same).
 */
export class KeyUses {
  readonly #noted = new Map<string, Noted>();

  note({ operation: name, caller, requestId, now, resources = [], eventId = "", ownersEventIds }: Settled): void {
    // XksEncrypt and XksDecrypt use a key as Encrypt and Decrypt do.
    const operation = name.replace(/^Xks/, "");
    if (!tracked.has(operation)) return;
    for (const { ARN, accountId } of resources) {
      const before = this.#noted.get(ARN);
      this.#noted.set(ARN, {
        operation,
        at: now,
        requestId,
        eventId: accountId === caller.facts.account ? eventId : (ownersEventIds?.[accountId] ?? eventId),
        writtenAt: before?.writtenAt ?? 0,
        written: before?.written ?? 0,
      });
    }
  }

  /** Undefined: not since its creation. */
  lastUseOf({ row, content }: Entity<Key>, entities: Entities): KeyUsage | undefined {
    const noted = this.#noted.get(keyArn(content));
    // A replica that was made anew under its old ARN was not used before it was made.
    if (noted && noted.at >= content.createdAt) return noted;
    return entities.get<KeyUsage>("key-usage", row.id)?.content;
  }

  /** Rows to write now, at most `most`; `written` is to be called when they are durable. */
  unwritten(entities: Entities, wall: number, { all, most }: { all: boolean; most: number }): Upkeep {
    const changes: Change[] = [];
    const done: Noted[] = [];
    for (const [arn, noted] of this.#noted) {
      if (changes.length >= most) break;
      if (!all && wall - noted.writtenAt < writeMs && wall >= noted.writtenAt) continue;
      const change = noted.at === noted.written ? undefined : usageRow(arn, noted, entities);
      if (!change) this.#noted.delete(arn);
      else {
        changes.push(change);
        done.push(noted);
      }
    }
    const written = () => {
      for (const noted of done) Object.assign(noted, { writtenAt: wall, written: noted.at });
    };
    return { changes, written };
  }
}

/** Undefined for a key that is gone: it has no last use. */
function usageRow(arn: string, { operation, at, eventId, requestId }: Noted, entities: Entities): Change | undefined {
  const { service, region = "", account = "", resource = "" } = parseArn(arn) ?? {};
  const id = keyRowId(region, resource.slice("key/".length));
  if (service !== "kms" || entities.get<Key>("key", id)?.content.account !== account) return undefined;
  const usage: KeyUsage = { operation, at, eventId, requestId };
  const stored = entities.get<KeyUsage>("key-usage", id);
  if (stored) return entities.put(stored, usage);
  return entities.create("key-usage", id, usage, { scope: `${account}/${region}`, parent: id });
}

const bySeal = new WeakMap<Seal, KeyUses>();

/** By seal, so that two servers in one process keep theirs apart. */
export function keyUsesOf(seal: Seal): KeyUses {
  let uses = bySeal.get(seal);
  if (!uses) bySeal.set(seal, (uses = new KeyUses()));
  return uses;
}

/** kms:TrailingDaysWithoutKeyUsage: whole days since the last use, or since the key was made. */
export function unusedDays(entity: Entity<Key>, call: Call): Values {
  const since = keyUsesOf(call.seal).lastUseOf(entity, call.entities)?.at ?? entity.content.createdAt;
  return [["kms:trailingdayswithoutkeyusage", String(Math.max(0, Math.floor((call.now - since) / dayMs)))]];
}

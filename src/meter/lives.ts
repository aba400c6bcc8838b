import { type ChargedKey, type ChargedRecord, keysOf } from "./charge.ts";
import type { Life, MeteredKey } from "./entities.ts";
import type { Ledger } from "./ledger.ts";
import { priceList } from "./prices.ts";

type Turn = (record: ChargedRecord, ledger: Ledger) => void;

/** What a record of a change does to the keys that cost something by the month; others change nothing. */
const turns: Readonly<Record<string, Turn>> = {
  CreateKey: (record, ledger) => {
    const { keySpec } = (record.responseElements?.keyMetadata ?? {}) as { keySpec?: unknown };
    const [key] = keysOf(record);
    // An AWS managed key is made by AWS: it costs nothing.
    if (!key || typeof keySpec !== "string") return;
    begin(key, keySpec, tagsOf(record), record, ledger);
  },
  ReplicateKey: (record, ledger) => {
    const { keySpec } = (record.responseElements?.replicaKeyMetadata ?? {}) as { keySpec?: unknown };
    const { replicaRegion } = record.requestParameters ?? {};
    const [primary] = keysOf(record);
    if (!primary || typeof replicaRegion !== "string" || typeof keySpec !== "string") return;
    begin({ ...primary, region: replicaRegion }, keySpec, tagsOf(record), record, ledger);
  },
  ScheduleKeyDeletion: (record, ledger) =>
    turnLast(record, ledger, (life) => ({ ...life, until: Date.parse(record.eventTime) })),
  // Charged as if its deletion had never been scheduled.
  CancelKeyDeletion: (record, ledger) => turnLast(record, ledger, ({ until: _until, ...life }) => life),
  DeleteKey: (record, ledger) =>
    turnLast(record, ledger, (life) => ({ ...life, until: life.until ?? Date.parse(record.eventTime), gone: true })),
  RotateKey: (record, ledger) => {
    const [key] = keysOf(record);
    // Every related key keeps the new material and the old one.
    for (const related of key ? ledger.below<MeteredKey>("metered-key", key.keyId) : [])
      putLast(related, ledger, (life) => ({ ...life, rotations: rotated(life, Date.parse(record.eventTime)) }));
  },
  TagResource: (record, ledger) => retag(record, ledger, (tags) => ({ ...tags, ...tagsOf(record) })),
  UntagResource: (record, ledger) => {
    const keys = record.requestParameters?.tagKeys;
    const gone = new Set(Array.isArray(keys) ? keys : []);
    retag(record, ledger, (tags) => Object.fromEntries(Object.entries(tags).filter(([name]) => !gone.has(name))));
  },
};

export function turnLives(record: ChargedRecord, ledger: Ledger): void {
  if (record.errorCode === undefined && Object.hasOwn(turns, record.eventName))
    turns[record.eventName]?.(record, ledger);
}

export const readKey = (
  { region, keyId }: Pick<ChargedKey, "region" | "keyId">,
  ledger: Ledger,
): MeteredKey | undefined => ledger.read<MeteredKey>("metered-key", `${region}/${keyId}`);

function put(key: MeteredKey, ledger: Ledger): void {
  const place = { scope: key.account, parent: key.keyId };
  ledger.write<MeteredKey>("metered-key", `${key.region}/${key.keyId}`, key, place);
}

/** A key is made. The replica's own Region records it too: it begins once. */
function begin(
  { account, region, keyId }: ChargedKey,
  spec: string,
  tags: Record<string, string>,
  record: ChargedRecord,
  ledger: Ledger,
): void {
  const known = readKey({ region, keyId }, ledger);
  const last = known?.lives.at(-1);
  if (last && !last.gone) return;
  const from = Date.parse(record.eventTime);
  // A replica of a key that was rotated has all of its materials.
  const family = ledger.below<MeteredKey>("metered-key", keyId).map(({ lives }) => lives.at(-1)?.rotations.length ?? 0);
  const rotations = Array<number>(Math.max(0, ...family)).fill(from);
  ledger.account(account);
  put({ account, region, keyId, spec, tags, lives: [...(known?.lives ?? []), { from, rotations }] }, ledger);
}

const rotated = ({ rotations }: Life, at: number): number[] =>
  rotations.length < priceList.rotationsCharged ? [...rotations, at] : rotations;

function turnLast(record: ChargedRecord, ledger: Ledger, turn: (life: Life) => Life): void {
  for (const named of keysOf(record)) {
    const key = readKey(named, ledger);
    if (key) putLast(key, ledger, turn);
  }
}

function putLast(key: MeteredKey, ledger: Ledger, turn: (life: Life) => Life): void {
  const last = key.lives.at(-1);
  if (last && !last.gone) put({ ...key, lives: [...key.lives.slice(0, -1), turn(last)] }, ledger);
}

function retag(record: ChargedRecord, ledger: Ledger, change: (tags: MeteredKey["tags"]) => MeteredKey["tags"]): void {
  for (const named of keysOf(record)) {
    const key = readKey(named, ledger);
    if (key) put({ ...key, tags: change(key.tags) }, ledger);
  }
}

function tagsOf({ requestParameters }: ChargedRecord): Record<string, string> {
  const tags = requestParameters?.tags;
  return Object.fromEntries(
    (Array.isArray(tags) ? tags : []).flatMap((tag: { tagKey?: unknown; tagValue?: unknown }) =>
      typeof tag.tagKey === "string" ? [[tag.tagKey, String(tag.tagValue)]] : [],
    ),
  );
}

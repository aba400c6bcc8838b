import { AwsError } from "../../../errors.ts";
import { decryptedKey, internalKey } from "../../../volumes/data-key.ts";
import type { DataKey, FrozenLayer, Snapshot } from "../../../volumes/entities.ts";
import { type Hands, targetOf, type Work, type WorkHandler } from "../../../volumes/work.ts";
import { copyBlocks, writtenBytes } from "./copy-blocks.ts";
import { endCopy } from "./copy-end.ts";
import { asEbs, copyOf, findLostGrants, noteCopy, retireGrants } from "./copy-grants.ts";
import { grantOnSource, obtainKey, openSourceKey, sameKeyAgain } from "./copy-keys.ts";
import { type CopySource, sharesKey } from "./copy.ts";

/** A copy that cannot be done; the text is what its state says of it. */
class CopyFailed extends AwsError {
  constructor(message: string) {
    super("InvalidSnapshot.NotFound", message);
  }
}

const noAccess = "Given key ID is not accessible";

/** What a copy is when it is done. */
interface Copied {
  readonly key: DataKey;
  readonly below: readonly FrozenLayer[];
  readonly secret?: Uint8Array;
}

/** Makes a snapshot a copy of another (flows.md, section 1.1): keys and grants, blocks, grants retired, completed. */
export const copyWork: WorkHandler = {
  async run(work, hands) {
    const { content } = copyOf(work, hands);
    const { source, problem, begun } = content;
    if (begun) await findLostGrants(work, hands, [work.region, source?.region ?? work.region]);
    else await noteCopy(work, hands, (before) => ({ ...before, begun: true }));
    if (!source) throw new CopyFailed(problem ?? "Source snapshot is not found");
    const dest = targetOf<Snapshot>(work, hands);
    if (!dest) throw new CopyFailed("deleted");
    const { key, below, secret } = sharesKey(content)
      ? await shared(work, hands, source, dest.content)
      : await rewritten(work, hands, source, dest.content);
    await retireGrants(work, hands);
    const fullBytes = source.fullBytes ?? (await writtenBytes(below, hands));
    const completed = (before: Snapshot): Snapshot => ({
      ...before,
      state: "completed",
      progress: 100,
      completedAt: hands.now(),
      fullBytes,
      key,
      below: [...below],
    });
    return endCopy(work, hands, completed, secret);
  },

  async fail(work, hands, error) {
    await retireGrants(work, hands);
    const stateMessage = messageOf(error);
    return endCopy(work, hands, (before) => ({ ...before, state: "error", stateMessage, progress: 0 }));
  },
};

/** Whatever KMS refused, EBS has one sentence for it. */
function messageOf(error: unknown): string {
  if (error instanceof CopyFailed) return error.message;
  return error instanceof AwsError ? noAccess : "An internal error occurred";
}

/** Not a block is copied: the layers are shared, and the data key is wrapped for its new place. */
async function shared(work: Work, hands: Hands, source: CopySource, dest: Snapshot): Promise<Copied> {
  const { below } = source;
  if (source.key.kms) return { key: await sameKeyAgain(work, hands, source, dest), below };
  const key = await openSourceKey(copyOf(work, hands), source, hands);
  const secret = hands.seal.wrap({ kind: "snapshot", id: work.target.id }, key);
  key.fill(0);
  return { key: source.key, below, secret };
}

/** Every block under the new key. */
async function rewritten(work: Work, hands: Hands, source: CopySource, dest: Snapshot): Promise<Copied> {
  const { layer = "", keyArn } = copyOf(work, hands).content;
  const place = { kind: "snapshot", id: work.target.id } as const;
  const made = keyArn === undefined ? internalKey(hands.seal, place) : { key: await obtainKey(work, hands, dest) };
  await grantOnSource(work, hands, source);
  const from = await openSourceKey(copyOf(work, hands), source, hands);
  const to =
    "secret" in made
      ? hands.seal.open(hands.decision, place, made.secret)
      : await decryptedKey(asEbs(hands, work.region), made.key);
  try {
    const root = await copyBlocks(work, hands, source, layer, { from, to });
    return { ...made, below: [{ id: layer, root }] };
  } finally {
    from.fill(0);
    to.fill(0);
  }
}

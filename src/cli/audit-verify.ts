import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Checkpoint } from "../audit/chain.ts";
import type { KeptBatch, Verdict } from "../audit/verify.ts";
import { OperatorError } from "../errors.ts";
import type { TrailReader } from "../store/trail/reader.ts";
import { auditKeys, folderOf, type KeyFlags, readKey } from "./audit-key.ts";
import { requireStore, type TrailFlags } from "./audit-tail.ts";
import { type Terminal, UsageError } from "./command.ts";
import { askInstallation, installation } from "./installation.ts";

export interface VerifyFlags extends TrailFlags, KeyFlags {
  readonly data?: string;
  readonly file?: string;
  readonly anchor?: string;
}

/** Reads all of a trail: a data folder's, a copy's, or a running service's own. Ends with 1 when it does not hold. */
export async function verifyAudit(flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const verdict = await verdictOf(flags, terminal);
  const whole = verdict.problems.length === 0;
  if (flags.json) terminal.print(JSON.stringify(verdict));
  else if (whole) terminal.print(sentence(verdict));
  else throw new OperatorError(`The trail does not hold:\n  ${verdict.problems.slice(0, 20).join("\n  ")}`);
  return whole ? 0 : 1;
}

function sentence({ records, checkpoints, unsigned, pruned }: Verdict): string {
  const before = pruned > 0 ? ` Records 1 to ${pruned} were pruned.` : "";
  const open = unsigned === 0 ? "" : ` The last ${unsigned} records are not signed yet.`;
  return `The trail is whole: ${records} records, ${checkpoints} signed checkpoints.${before}${open}`;
}

async function verdictOf(flags: VerifyFlags, terminal: Terminal): Promise<Verdict> {
  const { fetchAnchor } = await import("./anchor-place.ts");
  const anchor = flags.anchor === undefined ? undefined : await fetchAnchor(flags.anchor);
  if (flags.file !== undefined) {
    if (flags["public-key"] === undefined) throw new UsageError("Cannot verify a copy without --public-key FILE");
    const { verifyTrail } = await import("../audit/verify.ts");
    const copy = await readCopyFile(flags.file);
    return wholeCopy(verifyTrail({ ...copy, anchor, publicKey: readKey(flags["public-key"]) }));
  }
  const folder = folderOf(flags);
  if (folder !== undefined) {
    requireStore(folder);
    const { TrailReader: Reader } = await import("../store/trail/reader.ts");
    const { verifyDatabase } = await import("../store/trail/verify.ts");
    const keys = await auditKeys(folder, flags);
    using reader = new Reader(join(folder, "claviger.db"));
    return verifyDatabase(reader, { ...keys, anchor });
  }
  if (anchor) throw new UsageError("Cannot hold an anchor against a service's own word: name its --data folder");
  return await askInstallation<Verdict>(installation(flags, terminal), "GET", "audit/verify");
}

/** A copy ends where a checkpoint signed it: what comes after that could be anybody's. */
const wholeCopy = (verdict: Verdict): Verdict =>
  verdict.unsigned === 0
    ? verdict
    : { ...verdict, problems: [...verdict.problems, `no checkpoint has signed the last ${verdict.unsigned} records`] };

async function readCopyFile(path: string): Promise<ReturnType<typeof import("../audit/copy.ts").readCopy>> {
  const { readCopy } = await import("../audit/copy.ts");
  try {
    return readCopy(readFileSync(path, "utf8"));
  } catch (error) {
    throw new OperatorError(
      `Cannot read the copy "${path}": ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Writes a copy of a folder's trail, and the public key beside it when it is asked for. */
export async function exportAudit(flags: VerifyFlags & { readonly out?: string }, terminal: Terminal): Promise<number> {
  const { data, out } = flags;
  if (data === undefined || out === undefined) throw new UsageError("Cannot export without --data DIR and --out FILE");
  requireStore(data);
  const { TrailReader: Reader } = await import("../store/trail/reader.ts");
  const { copyLines } = await import("../audit/copy.ts");
  using reader = new Reader(join(data, "claviger.db"));
  const file = openSync(out, "w", 0o600);
  try {
    const kept = () => {
      const checkpoints = reader.checkpoints();
      return { batches: signedBatches(reader, checkpoints.at(-1)), checkpoints, pruning: reader.pruning() };
    };
    reader.atOnce(() => {
      for (const line of copyLines(kept())) writeSync(file, `${line}\n`);
    });
  } finally {
    closeSync(file);
  }
  terminal.print(`Written to ${out}. Verify it with: claviger audit verify --file ${out} --public-key KEY.pem`);
  return 0;
}

/** What a running service has not signed yet (it does every second) is left out of a copy. */
function* signedBatches(reader: TrailReader, last: Checkpoint | undefined): Generator<KeptBatch> {
  for (const batch of reader.batches()) {
    if (batch.batch > (last?.batch ?? 0)) return;
    yield batch;
  }
}

/** Prints the public key. */
export async function showAuditKey(flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const folder = folderOf(flags);
  if (folder === undefined) throw new UsageError("Cannot show the public key without --data DIR or --config FILE");
  requireStore(folder);
  terminal.print((await auditKeys(folder, flags)).publicKey.trimEnd());
  return 0;
}

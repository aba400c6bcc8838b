import { join } from "node:path";
import { OperatorError } from "../errors.ts";
import { requireStore, type TrailFlags } from "./audit-tail.ts";
import type { Terminal } from "./command.ts";

/** Reads the whole trail of a data folder. Ends with 1 when something does not hold. */
export async function verifyTrailIn(flags: TrailFlags, terminal: Terminal): Promise<number> {
  const folder = flags.data ?? ".claviger";
  requireStore(folder);
  const { verifyTrail } = await import("../audit/verify.ts");
  const { TrailReader } = await import("../store/trail/reader.ts");
  const { openSeal } = await import("../seal/root-key.ts");
  const { checkpointPublicKey } = await import("../audit/chain.ts");
  const seal = openSeal({ folder, wraps: [{ kind: "file", path: join(folder, "root.key") }], production: false });
  const publicKey = checkpointPublicKey(seal.derive("audit-checkpoint"));
  using reader = new TrailReader(join(folder, "claviger.db"));
  const verdict = reader.atOnce(() =>
    verifyTrail({
      batches: reader.batches(),
      checkpoints: reader.checkpoints(),
      pruning: reader.pruning(),
      publicKey,
    }),
  );
  if (flags.json) terminal.print(JSON.stringify(verdict));
  else if (verdict.problems.length === 0)
    terminal.print(`The trail is whole: ${verdict.records} records, ${verdict.checkpoints} signed checkpoints.`);
  if (verdict.problems.length > 0 && !flags.json)
    throw new OperatorError(`The trail does not hold:\n  ${verdict.problems.slice(0, 20).join("\n  ")}`);
  return verdict.problems.length === 0 ? 0 : 1;
}

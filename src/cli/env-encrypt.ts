import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { existsSync, statSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { OperatorError } from "../errors.ts";
import { AwsRefusal } from "./aws-client.ts";
import { AwsSettings } from "./aws-settings.ts";
import type { Terminal } from "./command.ts";
import { type Assignment, type Piece, parseDotenv, withValue } from "./dotenv.ts";
import { isDamaged, isSealed, type Sealer, sealValue } from "./sealed-value.ts";

export interface EncryptFlags {
  readonly key: string;
  readonly out?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
}

/** Nothing is written unless every value could be encrypted. */
export async function encryptFile(file: string, flags: EncryptFlags, terminal: Terminal): Promise<number> {
  const pieces = parseDotenv(readText(file), file);
  const damaged = pieces.find((piece) => piece.kind === "assignment" && isDamaged(piece.value));
  if (damaged) throw new OperatorError(`Cannot encrypt "${file}": line ${damaged.line} holds a damaged ciphertext`);
  const sealer = sealerOf(flags, terminal);
  let encrypted = 0;
  let kept = 0;
  const texts: string[] = [];
  for (const piece of pieces) {
    const open = piece.kind === "assignment" && piece.value !== "" && !isSealed(piece.value);
    texts.push(open ? withValue(piece, await sealed(piece, sealer)) : piece.text);
    if (open) encrypted += 1;
    else if (piece.kind === "assignment") kept += 1;
  }
  const written = flags.out ?? file;
  if (encrypted > 0 || flags.out !== undefined) replaceFile(written, texts.join(""), file);
  warnOfComments(pieces, file, terminal);
  terminal.print(`${written}: ${encrypted} encrypted, ${kept} kept as they were.`);
  return 0;
}

async function sealed({ name, value }: Assignment, sealer: Sealer): Promise<string> {
  try {
    return await sealValue(name, value, sealer);
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error;
    throw new OperatorError(`Cannot encrypt ${name}: ${error.code}: ${error.message}`);
  }
}

function sealerOf(flags: EncryptFlags, terminal: Terminal): Sealer {
  const settings = new AwsSettings(terminal.env, flags.profile);
  const [, named] = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):/.exec(flags.key) ?? [];
  const region = flags.region ?? named ?? settings.region();
  return { endpoint: settings.of("kms", region, flags.endpoint), key: flags.key };
}

/** A secret that was commented out is still a secret. */
function warnOfComments(pieces: readonly Piece[], file: string, terminal: Terminal): void {
  for (const { kind, text, line } of pieces)
    if (kind === "other" && /^\s*#\s*(export\s+)?[A-Za-z_][A-Za-z0-9_.-]*\s*=\s*\S/.test(text))
      terminal.warn(`${file}: line ${line} is a comment that looks like an assignment; it stays in clear.`);
}

export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new OperatorError(`Cannot read "${file}": ${missing ? "there is no such file" : (error as Error).message}`);
  }
}

/** Written beside it, synced, then renamed: a reader sees the old file or the new one. Permissions stay. */
function replaceFile(path: string, text: string, like: string): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const mode = statSync(existsSync(path) ? path : like).mode & 0o777;
  const beside = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = openSync(beside, "wx", 0o600);
    try {
      let rest = Buffer.from(text);
      while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    chmodSync(beside, mode);
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new OperatorError(`Cannot write "${path}": ${(error as Error).message}`);
  }
}

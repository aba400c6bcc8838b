import { createCipheriv, createDecipheriv, createHash, randomBytes, randomFillSync } from "node:crypto";
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Actor, Stage } from "./tour-stage.ts";

const megabytes = 20;
const fileBytes = megabytes * 1024 * 1024;
const EncryptionContext = { file: "tour.bin" };

interface DataKey {
  readonly Plaintext: string;
  readonly CiphertextBlob: string;
}

/** Envelope encryption of a real file: the service sees a key of 32 bytes, never the file. */
export async function keepFile(stage: Stage, actor: Actor, KeyId: string): Promise<void> {
  await stage.chapter(`A file of ${megabytes} MB`);
  const folder = mkdtempSync(join(tmpdir(), "claviger-tour-"));
  const file = (name: string) => join(folder, name);
  try {
    makeFile(file("plain"));
    const asking = "A key encrypts 4 KB at most. For a file it makes a data key, in clear and encrypted.";
    const input = { KeyId, KeySpec: "AES_256", EncryptionContext };
    const made = await stage.kms<DataKey>(actor, asking, "GenerateDataKey", input);
    if (!made.output) return;
    const iv = randomBytes(12);
    const key = Buffer.from(made.output.Plaintext, "base64");
    const cipher = createCipheriv("aes-256-gcm", key, iv);
    await pipeline(
      createReadStream(file("plain")),
      progress(stage, "Encrypting"),
      cipher,
      createWriteStream(file("sealed")),
    );
    key.fill(0);
    stage.say("   The data key in clear is wiped; the encrypted one is kept beside the file.");
    const later = { CiphertextBlob: made.output.CiphertextBlob, EncryptionContext };
    const back = await stage.kms<DataKey>(actor, "Later the data key is decrypted.", "Decrypt", later);
    const decipher = createDecipheriv("aes-256-gcm", Buffer.from(back.output?.Plaintext ?? "", "base64"), iv);
    decipher.setAuthTag(cipher.getAuthTag());
    await pipeline(
      createReadStream(file("sealed")),
      progress(stage, "Decrypting"),
      decipher,
      createWriteStream(file("back")),
    );
    const [plain, sealed, again] = await Promise.all(["plain", "sealed", "back"].map((name) => digest(file(name))));
    stage.claim(
      "The file is back, byte for byte.",
      plain === again && plain !== sealed && statSync(file("back")).size === fileBytes,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeFile(path: string): void {
  const chunk = Buffer.alloc(1024 * 1024);
  const file = openSync(path, "wx", 0o600);
  for (let index = 0; index < megabytes; index++) writeSync(file, randomFillSync(chunk));
  closeSync(file);
}

/** Says every quarter how far it is. */
function progress(stage: Stage, doing: string): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const before = Math.floor((seen * 4) / fileBytes);
      seen += chunk.length;
      const after = Math.floor((seen * 4) / fileBytes);
      if (after > before) stage.say(`     ${doing}: ${String(after * 25).padStart(3)} % ${"#".repeat(after * 8)}`);
      done(null, chunk);
    },
  });
}

async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

import { createPrivateKey, generateKeyPair, hash, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { systemDecision } from "../policy/decide.ts";
import type { Seal } from "../seal/seal.ts";
import type { Change, Entities, Entity } from "../store/entities.ts";
import type { DigestKey } from "./entities.ts";

export interface Signer {
  readonly fingerprint: string;
  readonly key: KeyObject;
}

const dayMs = 86_400_000;
/** A key is taken for so long, and may be looked for with the times of digest files that were late. */
const [validMs, beforeMs] = [365 * dayMs, 30 * dayMs];

const keysMost = 1000;
const makeKeyPair = promisify(generateKeyPair);

/** The keys that sign digest files: one for each Region at a time, the private half sealed. */
export class DigestKeys {
  readonly #entities: Entities;
  readonly #seal: Seal;
  readonly #commit: (changes: readonly Change[]) => Promise<void>;

  /** `commit` rejects when the changes do not take. */
  constructor(entities: Entities, seal: Seal, commit: (changes: readonly Change[]) => Promise<void>) {
    this.#entities = entities;
    this.#seal = seal;
    this.#commit = commit;
  }

  /** The Region's key at a time (milliseconds, domain clock), made when there is none. */
  async signer(region: string, now: number): Promise<Signer> {
    const known = this.#current(region, now);
    if (!known) await this.#make(region, now);
    const row = known ?? this.#current(region, now);
    if (!row?.row.secret) throw new Error(`there is no key for the digest files of ${region}`);
    const { id } = row.row;
    const opened = this.#seal.open(systemDecision("sign-digest-file"), { kind: "digest-key", id }, row.row.secret);
    try {
      return { fingerprint: id, key: createPrivateKey({ key: opened, format: "der", type: "pkcs8" }) };
    } finally {
      opened.fill(0);
    }
  }

  #current(region: string, now: number): Entity<DigestKey> | undefined {
    const keys = this.#entities.listByScope<DigestKey>("digest-key", region, { after: "", limit: keysMost });
    return keys
      .filter(({ content }) => content.from + beforeMs <= now && now < content.until)
      .toSorted((a, b) => b.content.from - a.content.from)[0];
  }

  async #make(region: string, now: number): Promise<void> {
    const { publicKey, privateKey } = await makeKeyPair("rsa", { modulusLength: 2048 });
    const shown = publicKey.export({ format: "der", type: "pkcs1" });
    const id = hash("sha256", shown).slice(0, 32);
    const bytes = privateKey.export({ format: "der", type: "pkcs8" });
    const secret = this.#seal.wrap({ kind: "digest-key", id }, bytes);
    bytes.fill(0);
    const content: DigestKey = { publicKey: shown.toString("base64"), from: now - beforeMs, until: now + validMs };
    await this.#commit([this.#entities.create("digest-key", id, content, { scope: region, secret })]);
  }
}

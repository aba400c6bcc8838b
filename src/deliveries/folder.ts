import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Where log files and digest files go. */
export interface Buckets {
  /**
   * Puts an object in the place of what is there under its name; it is durable when this resolves. `metadata` is what S3
   * would keep beside it. Rejects with what the file system says.
   */
  put(bucket: string, object: string, bytes: Uint8Array, metadata?: Readonly<Record<string, string>>): Promise<void>;
}

/** What names of buckets, prefixes, Regions and trails are made of: no part of a way leads upwards. */
const part = /^[A-Za-z0-9!_.*'()-]{1,255}$/;

/**
 * A folder with one folder for each bucket, in which objects lie under their keys. What S3 keeps as an object's
 * metadata lies beside it, as JSON: `KEY.metadata.json`.
 */
export class BucketFolder implements Buckets {
  readonly #path: string;
  constructor(path: string) {
    this.#path = path;
  }

  async put(
    bucket: string,
    object: string,
    bytes: Uint8Array,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<void> {
    const parts = [bucket, ...object.split("/")];
    const wrong = parts.find((name) => !part.test(name) || /^\.+$/.test(name));
    if (wrong !== undefined) throw new Error(`"${wrong}" cannot be part of a path`);
    const path = join(this.#path, ...parts);
    const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (metadata) await this.#write(`${path}.metadata.json`, Buffer.from(`${JSON.stringify(metadata)}\n`));
    await this.#write(path, bytes);
    await syncFolders(dirname(path), made);
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const fresh = `${path}.new`;
    const file = await open(fresh, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  }
}

/** The names in a folder, and in those above it that came to be with it. */
async function syncFolders(path: string, firstMade: string | undefined): Promise<void> {
  const last = firstMade === undefined ? path : dirname(firstMade);
  for (let at = path; ; at = dirname(at)) {
    const folder = await open(at, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    if (at === last || at === dirname(at)) return;
  }
}

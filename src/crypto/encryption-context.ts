import { framed } from "./kdf.ts";

export type EncryptionContext = Readonly<Record<string, string>>;

const none = Buffer.alloc(0);

/**
 * The context as associated data: pairs sorted by the UTF-8 bytes of their names, each name and value with its length
 * before it. Absent and empty are the same (kms.md, section 3).
 */
export function canonicalContext(context: EncryptionContext | undefined): Buffer {
  if (context === undefined) return none;
  const pairs = Object.entries(context).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  if (pairs.length === 0) return none;
  if (pairs.length > 1) pairs.sort(([a], [b]) => a.compare(b));
  return framed(pairs.flat());
}

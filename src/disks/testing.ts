import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Disks } from "./disks.ts";

export const MiB: number = 1024 * 1024;

/** Disks in a folder of their own, gone afterwards; for tests alone. */
export async function withDisks(use: (disks: Disks, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "claviger-disks-"));
  const faults: string[] = [];
  const disks = new Disks(folder, (text) => faults.push(text));
  try {
    await use(disks, disks.folder);
  } finally {
    await disks.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

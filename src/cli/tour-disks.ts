import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";

/** 16 bytes to a line: where, as numbers, as letters. */
export function hexLines(bytes: Uint8Array, lines = 4): string[] {
  const shown = Buffer.from(bytes).subarray(0, lines * 16);
  return Array.from({ length: Math.ceil(shown.length / 16) }, (_, line) => {
    const row = shown.subarray(line * 16, line * 16 + 16);
    const numbers = [...row].map((byte) => byte.toString(16).padStart(2, "0"));
    const halves = `${numbers.slice(0, 8).join(" ")}  ${numbers.slice(8).join(" ")}`;
    const letters = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    return `${(line * 16).toString(16).padStart(8, "0")}  ${halves.padEnd(48)}  |${letters.join("")}|`;
  });
}

/** The layers on disk: names of their data files. */
export const layersIn = (folder: string): Set<string> =>
  new Set(readdirSync(folder).filter((name) => name.endsWith(".data")));

/** What lies at the beginning of a layer. */
export function beginningOf(folder: string, layer: string, length = 64): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(join(folder, layer), "r");
  try {
    readSync(file, bytes, 0, length, 0);
  } finally {
    closeSync(file);
  }
  return bytes;
}

/** Every file of a data folder, however deep, and which of them hold the text. */
export function searched(folder: string, text: string): { files: number; bytes: number; found: string[] } {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  const found = files.filter((name) => holds(join(folder, name), Buffer.from(text)));
  const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return { files: files.length, bytes, found };
}

/** A layer is a sparse file of a few MiB here: it is read whole. */
const holds = (path: string, text: Buffer): boolean => readFileSync(path).includes(text);

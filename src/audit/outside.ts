import { realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { OperatorError } from "../errors.ts";

/** What is kept beside the trail must not lie inside the data folder, by whatever name. Throws OperatorError. */
export function refuseInside(folder: string, path: string, what: string, hint: string): void {
  const way = relative(real(folder), real(path));
  if (way === ".." || way.startsWith(`..${sep}`) || resolve(way) === way) return;
  throw new OperatorError(`Cannot keep ${what} in "${path}": it is inside the data folder`, hint);
}

/** Links followed as far as there is something. */
function real(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    const above = dirname(whole);
    return above === whole ? whole : join(real(above), basename(whole));
  }
}

import { readFileSync } from "node:fs";
import { UsageError } from "./command.ts";

/** JSON or YAML, by the file's name. Throws UsageError. */
export async function readDocument(path: string): Promise<unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read "${path}": ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return /\.ya?ml$/i.test(path) ? (await import("yaml")).parse(text) : JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `Cannot understand "${path}": ${error instanceof Error ? error.message.split("\n", 1)[0] : String(error)}`,
    );
  }
}

import { readAnchor, readAnchorText } from "../audit/anchor.ts";
import type { Checkpoint } from "../audit/chain.ts";
import type { Settings } from "../config.ts";
import { OperatorError } from "../errors.ts";
import { readSink } from "./sink-setting.ts";

/** `--anchor`: a file, or an https URL with options as a sink has them. File names are taken from `folder`. */
export function readAnchorPlace(
  text: string,
  resolveFile: (path: string) => string,
  folder?: string,
): Pick<Settings, "anchor" | "anchorUrl"> {
  if (!/^https?:/.test(text)) return { anchor: resolveFile(text) };
  return { anchorUrl: readSink(text, folder) };
}

/** The newest checkpoint as it is kept elsewhere: in a file, or where a GET finds it. Throws OperatorError. */
export async function fetchAnchor(text: string): Promise<Checkpoint> {
  if (!/^https?:/.test(text)) return readAnchor(text);
  const { gateOf } = await import("../sinks/sinks.ts");
  const { bearer } = await import("../sinks/https-sink.ts");
  const { target, bearerFile, name, caFile } = readSink(text);
  const gate = gateOf({ target, ...(caFile !== undefined && { caFile }) }, []);
  try {
    const headers = { ...(await bearer(bearerFile)), Accept: "application/json" };
    const { status, body } = await gate.send({ method: "GET", url: target, headers, totalMs: 30_000, answerMostBytes });
    if (status === 200) return readAnchorText(body.toString("utf8"), name);
    throw new Error(`it answers ${status}`);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`Cannot read the anchor at "${name}": ${error instanceof Error ? error.message : error}`);
  } finally {
    gate.close();
  }
}

const answerMostBytes = 64 * 1024;

import { resolve } from "node:path";
import { isLoopback, type SinkSetting } from "../config.ts";
import { OperatorError } from "../errors.ts";

const hint = "claviger help sinks shows the forms";

const optionsOf: Readonly<Record<SinkSetting["kind"], readonly string[]>> = {
  stdout: ["name", "from", "waits"],
  file: ["name", "from", "waits"],
  syslog: ["name", "from", "waits", "ca"],
  https: ["name", "from", "waits", "ca", "bearer", "format"],
  otlp: ["name", "from", "waits", "ca", "bearer"],
};

/** Records that are left for a sink: some weeks of a busy installation. */
const waitsDefault = 10_000_000;

/**
 * `stdout`, `file:PATH`, `syslog+tls://HOST[:PORT]`, `https://…`, `otlp+https://…`; options behind a `#`, as in
 * `https://siem.example.com/in#bearer=token.txt&ca=ca.pem`. File names are taken from `folder`.
 */
export function readSink(text: string, folder = "."): SinkSetting {
  const hash = text.indexOf("#");
  const where = hash < 0 ? text : text.slice(0, hash);
  const place = placeOf(where, folder);
  const options = new Map(hash < 0 ? [] : new URLSearchParams(text.slice(hash + 1).replaceAll("+", "%2B")));
  for (const name of options.keys())
    if (!optionsOf[place.kind].includes(name))
      refuse(where, `it has no option "${name}"; its options are ${optionsOf[place.kind].join(", ")}`);
  const { format = "ndjson", from = "start", waits = String(waitsDefault) } = Object.fromEntries(options);
  if (format !== "ndjson" && format !== "array") return refuse(where, 'its format is "ndjson" or "array"');
  if (from !== "start" && from !== "now") return refuse(where, 'it begins from "start" or from "now"');
  if (!/^\d{1,12}$/.test(waits)) refuse(where, '"waits" is a number of records');
  const [ca, bearer, name] = ["ca", "bearer", "name"].map((option) => options.get(option));
  if (name !== undefined && !/^[\w.-]{1,64}$/.test(name)) refuse(where, "its name is letters, digits and . _ -");
  return {
    ...place,
    ...(name !== undefined && { name }),
    ...(ca !== undefined && { caFile: resolve(folder, ca) }),
    ...(bearer !== undefined && { bearerFile: resolve(folder, bearer) }),
    format,
    from,
    waits: Number(waits),
  };
}

/** All of them; two of one name would share one place in the trail. */
export function readSinks(texts: readonly string[], folder?: string): SinkSetting[] {
  const sinks = texts.map((text) => readSink(text, folder));
  const twice = sinks.find(({ name }, index) => sinks.findIndex((other) => other.name === name) < index);
  if (!twice) return sinks;
  throw new OperatorError(
    `Cannot use two sinks named "${twice.name}": each has a place of its own in the trail`,
    "give one of them a name: …#name=second",
  );
}

function placeOf(where: string, folder: string): Pick<SinkSetting, "kind" | "name" | "target"> {
  if (where === "stdout") return { kind: "stdout", name: "stdout", target: "" };
  if (/^file:./.test(where)) {
    const path = resolve(folder, where.slice("file:".length));
    return { kind: "file", name: `file:${path}`, target: path };
  }
  const match = /^(syslog\+tls|https?|otlp\+https?):\/\//.exec(where);
  const target = where.replace(/^otlp\+/, "");
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (!match || !url || url.hostname === "") return refuse(where, "there is no such kind of sink");
  if (url.username !== "" || url.password !== "") refuse(where, "credentials in a URL end in logs; use #bearer=FILE");
  const scheme = match[1] ?? "";
  const name = `${scheme}://${url.host}`;
  if (scheme === "syslog+tls") {
    if (!/^\/?$/.test(url.pathname) || url.search !== "") refuse(where, "it is a host and a port");
    return { kind: "syslog", name, target };
  }
  if (scheme.endsWith("http") && !isLoopback(url.hostname.replace(/^\[|\]$/g, "")))
    refuse(where, "without TLS it must be on this machine, such as 127.0.0.1");
  if (!scheme.startsWith("otlp")) return { kind: "https", name, target };
  if (url.pathname === "/") url.pathname = "/v1/logs";
  return { kind: "otlp", name, target: url.href };
}

/** Of a URL no more is said than where it leads. */
function refuse(where: string, why: string): never {
  const shown = /^[a-z+]*:\/\/(?:[^@/]*@)?([^/?]*)/.exec(where);
  throw new OperatorError(
    `Cannot use the sink "${shown ? where.slice(0, shown[0].length).replace(/\/\/[^@/]*@/, "//") : where}": ${why}`,
    hint,
  );
}

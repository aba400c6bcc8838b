import type { FollowerStatus } from "../sinks/follower.ts";
import { type Command, command, noMore, type Terminal } from "./command.ts";
import { askInstallation, installation, installationFlags, installationHelp } from "./installation.ts";
import { printable } from "./record-line.ts";

const help = `claviger sinks [--endpoint URL] [--profile NAME] [--json]

Shows where a running service sends copies of its audit trail, how many records each sink does not have yet, when one
took something last, and why it does not.

The service is told of its sinks at the start: claviger dev --sink SINK, or "sinks" in the configuration of claviger
serve. A sink is one of

  stdout                        records as lines of JSON on the service's standard output
  file:PATH                     the same, appended to a file and synced; opened anew when it was moved away
  syslog+tls://HOST[:PORT]      RFC 5424 messages over TLS (RFC 5425), port 6514
  https://HOST[:PORT]/PATH      POSTs of many records at once
  otlp+https://HOST[:PORT]      OpenTelemetry logs over HTTP; the path is /v1/logs unless it says another

http:// and otlp+http:// may name this machine (127.0.0.1), for a collector beside the service. Options follow a "#",
joined by "&":

  ca=FILE         the only authorities that may vouch for the other side (PEM)
  bearer=FILE     send the file's content as "Authorization: Bearer …"; read for every request
  format=array    https: one JSON array a request, instead of lines of JSON
  from=now        begin with the records that come, instead of the first that is there
  name=NAME       what the sink is called, and its place in the trail is remembered by
  waits=N         how many records pruning leaves for it when it is behind; default 10000000

A sink takes records in order from where it stood, also after the service ended or was killed; it may see a record
twice and misses none. The trail itself is what waits on disk: a sink that is away costs no memory and holds up no call.

${installationHelp}
  --json            for programs

  claviger sinks
  claviger dev --sink stdout --sink 'https://siem.example.com/in#bearer=token&ca=siem-ca.pem'`;

export const sinks: Command = command(
  help,
  { ...installationFlags, json: "switch" },
  async ({ flags, positionals }, terminal) => {
    noMore(positionals);
    const endpoint = installation(flags, terminal);
    const answer = await askInstallation<{ sinks: FollowerStatus[] }>(endpoint, "GET", "status");
    if (flags.json) terminal.print(JSON.stringify(answer.sinks));
    else if (answer.sinks.length === 0) terminal.print("There are no sinks: claviger help sinks says how to have one.");
    else printSinks(answer.sinks, terminal);
    return 0;
  },
);

/** A few lines for each. */
export function printSinks(statuses: readonly FollowerStatus[], terminal: Terminal): void {
  for (const { name, taken, lag, lastSuccess, lastError, nextTry, refused, missed } of statuses) {
    const state = lag === 0 ? "has every record" : `${lag} records behind`;
    terminal.print(printable(`${name}  ${state}, up to record ${taken}`));
    if (lastSuccess !== null) terminal.print(`  last took something ${lastSuccess}`);
    if (lastError !== null)
      terminal.print(printable(`  fails: ${lastError}${nextTry === null ? "" : `; tried again ${nextTry}`}`));
    if (refused > 0) terminal.print(`  refused ${refused} records for good`);
    if (missed > 0) terminal.print(`  ${missed} records were pruned before it took them`);
  }
}

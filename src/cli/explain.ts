import { type Command, command, noMore, UsageError } from "./command.ts";
import type { ExplainedDecision } from "../decisions.ts";
import { explanationLines } from "./explanation-lines.ts";
import { askInstallation, installation, installationFlags, installationHelp } from "./installation.ts";

const help = `claviger explain REQUEST-ID | --last [--endpoint URL] [--profile NAME] [--json]

Says why a call was denied: every policy that took part, the statement that decided, each condition with the value it
saw, and the smallest change that would allow the call. A denial's id is its request id: the header x-amzn-requestid,
\`RequestId\` in the SDKs, \`requestID\` in the trail.

Who is allowed claviger:ExplainDecision in an account (its root is) reads the denials that concern the account. Of a call
across accounts, each account reads its own half. The latest thousand denials are remembered.

  --last            the latest denial of the credentials that ask, else of their account
${installationHelp}
  --json            for programs

  claviger explain 6f1f6b2c-5f0e-4a3f-9f7c-0d9d6f3a5e21
  claviger explain --last`;

export const explain: Command = command(
  help,
  { ...installationFlags, last: "switch", json: "switch" },
  async ({ flags, positionals }, terminal) => {
    const [requestId, ...more] = positionals;
    noMore(more);
    if ((requestId === undefined) === (flags.last === undefined))
      throw new UsageError("Cannot explain: name a request id, or --last", "claviger help explain");
    const query = requestId === undefined ? "" : `?requestId=${encodeURIComponent(requestId)}`;
    const explained = await askInstallation<ExplainedDecision>(
      installation(flags, terminal),
      "GET",
      `decision${query}`,
    );
    if (flags.json) terminal.print(JSON.stringify(explained));
    else for (const line of explanationLines(explained)) terminal.print(line);
    return 0;
  },
);

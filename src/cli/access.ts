import { type Command, command, noMore, UsageError } from "./command.ts";
import { askInstallation, installation, installationFlags, installationHelp } from "./installation.ts";
import type { AccessPage } from "../services/kms/access/listing.ts";

const help = `claviger access KEY | --principal ARN [--endpoint URL] [--profile NAME] [--json]

Lists who can use, administer or delegate a key: every user, role, root user, session and service known to the
installation, in every account; by which statement or grant; and under which conditions. Nobody whom a call could be
allowed is left out: what is not known before a call counts as granted, and is named as a condition. With --principal
it lists the keys of the Region that one principal can do something with.

KEY is a key id, an alias or an ARN. Only the account that operates the installation may ask. A role stands for its
sessions, a user for its own federated sessions.

  --principal ARN   a user, role, root user or session; or a service, such as ec2.amazonaws.com
${installationHelp}
  --json            for programs

  claviger access alias/orders
  claviger access --principal arn:aws:iam::111122223333:role/app`;

type Access = AccessPage["access"][number];

export const access: Command = command(
  help,
  { ...installationFlags, principal: "text", json: "switch" },
  async ({ flags, positionals }, terminal) => {
    const [key, ...more] = positionals;
    noMore(more);
    const { principal } = flags;
    if ((key === undefined) === (principal === undefined))
      throw new UsageError("Cannot list access: name a key, or --principal", "claviger help access");
    const asked = key === undefined ? { principal: principal! } : { key };
    const found: Access[] = [];
    for (let start: number | undefined = 0; start !== undefined; ) {
      const query = new URLSearchParams({ ...asked, start: String(start) }).toString();
      const page: AccessPage = await askInstallation<AccessPage>(
        installation(flags, terminal),
        "GET",
        `access?${query}`,
      );
      found.push(...page.access);
      start = page.next;
    }
    if (flags.json) terminal.print(JSON.stringify(found));
    else for (const line of lines(found, key === undefined)) terminal.print(line);
    return 0;
  },
);

function lines(found: readonly Access[], ofPrincipal: boolean): string[] {
  if (found.length === 0) return ["nobody, nothing"];
  return found.flatMap((one) => [
    ofPrincipal ? one.key : one.principal === "*" ? "everybody" : one.principal,
    ...(["use", "administer", "delegate"] as const).flatMap((kind) =>
      one[kind].length === 0 ? [] : [`  ${kind.padEnd(11)}${one[kind].join(" ")}`],
    ),
    ...one.paths.flatMap(({ by, actions, when = [], unless = [] }) => [
      `  by ${by}${one.paths.length > 1 ? ` (${actions.join(" ")})` : ""}`,
      ...when.map((condition) => `     when ${condition}`),
      ...unless.map((condition) => `     unless ${condition}`),
    ]),
  ]);
}

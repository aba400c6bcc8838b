import { readConfig } from "../config.ts";
import type { AwsEndpoint } from "./aws-client.ts";
import { type Command, command, noMore } from "./command.ts";
import { installation, wellKnown } from "./installation.ts";
import { Stage } from "./tour-stage.ts";
import { tell } from "./tour-story.ts";

const help = `claviger tour [--endpoint URL] [--json]

Plays the life of a key, every step with who called what, whether it was allowed and why, and its line of the audit
trail: a secret, a file of 20 MB, a user who may not and then may, a second account, a key that is disabled, and one
that is deleted, recovered, and deleted for good. Each outcome is checked; the tour ends with 1 when one is not as told.

Without --endpoint it starts a service of its own, which is gone afterwards. With it, the service must be in development
mode, and its clock moves forward by eleven days for everybody: other keys whose waiting period ends meanwhile are
deleted. The user and the key of the story are gone at the end; their records stay on the trail.

  --endpoint URL    a running service in development mode
  --json            one line of JSON for each step, for programs

  claviger tour
  claviger tour --endpoint http://127.0.0.1:4566`;

export const tour: Command = command(
  help,
  { endpoint: "text", json: "switch" },
  async ({ flags, positionals }, terminal) => {
    noMore(positionals);
    const play = async (root: AwsEndpoint) => {
      const stage = new Stage(root, terminal, flags.json === true);
      await tell(stage);
      return stage.end();
    };
    if (flags.endpoint !== undefined) return await play(installation({ endpoint: flags.endpoint }, terminal));
    if (!flags.json) terminal.print("A service of its own, in a temporary folder. Nothing of it stays.");
    const { startServer } = await import("../server.ts");
    const server = await startServer(readConfig("development", { port: 0, ephemeral: true }));
    try {
      return await play({ url: server.url, region: "eu-west-1", credentials: wellKnown });
    } finally {
      await server.close();
    }
  },
);

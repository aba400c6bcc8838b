import { readConfig } from "../config.ts";
import { OperatorError } from "../errors.ts";
import type { AwsEndpoint } from "./aws-client.ts";
import { type Command, command, noMore, UsageError } from "./command.ts";
import { installation, wellKnown } from "./installation.ts";
import { Stage } from "./tour-stage.ts";
import { tell } from "./tour-story.ts";
import type { Scene } from "./tour-scene.ts";

const help = `claviger tour [snapshots | regions | ami] [--endpoint URL] [--json]

Plays a story, every step with who called what, whether it was allowed and why, and its line of the audit trail. Each
outcome is checked; the tour ends with 1 when one is not as told.

Without a name: the life of a key. A secret, a file of 20 MB, a user who may not and then may, a second account, a key
that is disabled, and one that is deleted, recovered, and deleted for good.

  snapshots         an encrypted snapshot is shared with another account and copied under its key
  regions           an encrypted snapshot is copied to another Region under a key of that Region
  ami               an encrypted image is shared, and launched from under the other account's key

These three also show what EC2 and EBS ask of KMS on the way, and the bytes on the disk before and after. They play
on a service of their own alone, because they look at its disk.

Without --endpoint the tour starts a service of its own, which is gone afterwards. With it, the service must be in
development mode, and its clock moves forward by eleven days for everybody: other keys whose waiting period ends
meanwhile are deleted. The user and the key of the story are gone at the end; their records stay on the trail.

  --endpoint URL    a running service in development mode
  --json            one line of JSON for each step, for programs

  claviger tour
  claviger tour snapshots
  claviger tour --endpoint http://127.0.0.1:4566`;

type Story = (scene: Scene) => Promise<void>;

/** Stories that look at the disk; loaded when they are played. */
const stories: Readonly<Record<string, () => Promise<Story>>> = {
  snapshots: async () => (await import("./tour-snapshots.ts")).tellSnapshots,
  regions: async () => (await import("./tour-regions.ts")).tellRegions,
  ami: async () => (await import("./tour-ami.ts")).tellAmi,
};

export const tour: Command = command(
  help,
  { endpoint: "text", json: "switch" },
  async ({ flags, positionals }, terminal) => {
    const [name, ...more] = positionals;
    noMore(more);
    const load = name !== undefined && Object.hasOwn(stories, name) ? stories[name] : undefined;
    if (name !== undefined && !load)
      throw new UsageError(`Cannot play "${name}": the stories are ${Object.keys(stories).join(", ")}`);
    if (load && flags.endpoint !== undefined)
      throw new OperatorError(
        `Cannot play "${name}" on ${flags.endpoint}: it looks at the disk of a service of its own`,
      );
    const stageAt = (root: AwsEndpoint) => new Stage(root, terminal, flags.json === true);
    if (flags.endpoint !== undefined)
      return await played(stageAt(installation({ endpoint: flags.endpoint }, terminal)), tell);
    if (!flags.json) terminal.print("A service of its own, in a temporary folder. Nothing of it stays.");
    const { startServer } = await import("../server.ts");
    const server = await startServer(readConfig("development", { port: 0, ephemeral: true }));
    try {
      const stage = stageAt({ url: server.url, region: "eu-west-1", credentials: wellKnown });
      if (!load) return await played(stage, tell);
      const story = await load();
      const { Scene } = await import("./tour-scene.ts");
      const scene = new Scene(stage, server.house.disks.folder);
      return await played(stage, () => story(scene));
    } finally {
      await server.close();
    }
  },
);

async function played(stage: Stage, story: (stage: Stage) => Promise<void>): Promise<number> {
  await story(stage);
  return stage.end();
}

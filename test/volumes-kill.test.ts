import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DescribeVolumesCommand,
  type EC2Client,
  RunInstancesCommand,
  type Volume,
} from "@aws-sdk/client-ec2";
import { program, temporaryFolder } from "./cli-kit.ts";
import { ec2, register, snapshotOf } from "./ec2-kit.ts";
import type { TestServer } from "./kit.ts";
import { NbdClient } from "./nbd-client.ts";

interface Running extends AsyncDisposable {
  readonly url: string;
  kill(): Promise<void>;
}

async function start(data: string): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [program, "dev", "--port", "0", "--data", data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  };
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /^Listening on (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) return { url, kill: () => end("SIGKILL"), [Symbol.asyncDispose]: () => end("SIGTERM") };
  }
  throw new Error("the server ended before it listened");
}

const zone = "eu-west-1a";
const at = (running: Running) => ec2(running as unknown as TestServer, undefined, "eu-west-1");

async function until(client: EC2Client, VolumeId: string, holds: (volume: Volume) => boolean): Promise<Volume> {
  for (;;) {
    const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }));
    if (holds(Volumes![0]!)) return Volumes![0]!;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A served volume comes back by itself after a start: until then there is nobody at its socket. */
async function opened(data: string, VolumeId: string): Promise<NbdClient> {
  for (;;)
    try {
      return await NbdClient.open(`${data}/run/${VolumeId}.sock`, VolumeId);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
}

test("killed at any moment, what was flushed is there, and what was begun is finished", async () => {
  using folder = temporaryFolder();
  const data = folder.file("d");
  let VolumeId = "";
  let copyId = "";
  const written = new Map<number, Buffer>();
  {
    await using running = await start(data);
    const client = at(running);
    const server = running as unknown as TestServer;
    const SnapshotId = await snapshotOf(server, { region: "eu-west-1", blocks: { 0: "boot", 9: "more" } });
    const ImageId = await register(client, "web", SnapshotId);
    const { Instances } = await client.send(
      new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" }),
    );
    const { InstanceId, Placement } = Instances![0]!;
    const AvailabilityZone = Placement!.AvailabilityZone!;
    const made = await client.send(new CreateVolumeCommand({ AvailabilityZone, Size: 1, Encrypted: true }));
    VolumeId = made.VolumeId!;
    await until(client, VolumeId, ({ State }) => State === "available");
    await client.send(new AttachVolumeCommand({ VolumeId, InstanceId: InstanceId!, Device: "/dev/sdf" }));
    await until(client, VolumeId, ({ Attachments }) => Attachments![0]!.State === "attached");
    // Killed right after the answer: the volume is to be made, under a key that its snapshot does not have.
    const asked = { AvailabilityZone: zone, SnapshotId, Encrypted: true };
    copyId = (await client.send(new CreateVolumeCommand(asked))).VolumeId!;
    await running.kill();
  }
  for (let round = 0; round < 5; round++) {
    await using running = await start(data);
    const device = await opened(data, VolumeId);
    for (const [offset, bytes] of written) assert.deepEqual(await device.read(offset, bytes.length), bytes);
    for (let write = 0; write < 8; write++) {
      const offset = (round * 8 + write) * 1_000_003;
      const bytes = Buffer.alloc(10_000, `${round}/${write} `);
      await device.write(offset, bytes);
      if (write === 7) continue;
      await device.flush();
      written.set(offset, bytes);
    }
    device[Symbol.dispose]();
    await running.kill();
  }
  await using running = await start(data);
  const copy = await until(at(running), copyId, ({ State }) => State === "available");
  assert.equal(copy.Encrypted, true);
  using device = await opened(data, VolumeId);
  for (const [offset, bytes] of written) assert.deepEqual(await device.read(offset, bytes.length), bytes);
});

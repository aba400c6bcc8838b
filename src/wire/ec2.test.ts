import assert from "node:assert/strict";
import { test } from "node:test";
import { DescribeSnapshotsCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  EBSClient,
  GetSnapshotBlockCommand,
  ListSnapshotBlocksCommand,
  PutSnapshotBlockCommand,
} from "@aws-sdk/client-ebs";
import { AwsError } from "../errors.ts";
import type { WireReply, WireRequest } from "./protocol.ts";
import { wireServices } from "./services.ts";

const [ec2, ebs] = [wireServices.get("ec2")!, wireServices.get("ebs")!];

/** What the official client sends is taken by `take`; what that returns is what the client reads. */
function clientOf<C>(Client: new (settings: never) => C, take: (request: WireRequest) => WireReply): C {
  const requestHandler = {
    handle: async (
      sent: {
        request: {
          method: string;
          path: string;
          query: Record<string, string>;
          headers: Record<string, string>;
          body?: unknown;
        };
      }["request"],
    ) => {
      const query = new URLSearchParams(sent.query).toString();
      const body =
        typeof sent.body === "string"
          ? Buffer.from(sent.body)
          : Buffer.from((sent.body as Uint8Array | undefined) ?? []);
      const headers = new Map(
        Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), [value]] as const),
      );
      const target = query === "" ? sent.path : `${sent.path}?${query}`;
      const reply = take({
        method: sent.method,
        target,
        headers,
        body,
        remoteAddress: "127.0.0.1",
        secure: false,
        requestId: "r",
      });
      const { Readable } = await import("node:stream");
      const lower = Object.fromEntries(
        Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      return { response: { statusCode: reply.status, headers: lower, body: Readable.from([Buffer.from(reply.body)]) } };
    },
  };
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  return new Client({
    region: "eu-west-1",
    endpoint: "http://localhost",
    credentials,
    requestHandler,
    maxAttempts: 1,
  } as never);
}

test("EC2: what the client sends is read, what is answered is what it reads, an error among it", async () => {
  let read: Record<string, unknown> = {};
  const answers = (output: Record<string, unknown>) =>
    clientOf(EC2Client, (request) => {
      const operation = ec2.operations.get(ec2.operationOf(request))!;
      read = operation.decode(request);
      return operation.encode(output, "id-1");
    });
  const input = {
    SnapshotIds: ["snap-1", "snap-2"],
    OwnerIds: ["self"],
    DryRun: true,
    MaxResults: 7,
    Filters: [{ Name: "tag:a", Values: ["x", "y&<"] }],
  };
  const Snapshots = [
    {
      SnapshotId: "snap-1",
      State: "completed",
      StartTime: Date.UTC(2026, 0, 2),
      Encrypted: true,
      VolumeSize: 8,
      Tags: [{ Key: "a", Value: "<&>" }],
    },
    { SnapshotId: "snap-2", Tags: [] },
  ];
  const told = await answers({ Snapshots, NextToken: "n" }).send(new DescribeSnapshotsCommand(input as never));
  assert.deepEqual(JSON.parse(JSON.stringify(read)), input);
  assert.deepEqual(told.Snapshots![0], { ...Snapshots[0], StartTime: new Date(Date.UTC(2026, 0, 2)) });
  assert.equal(told.NextToken, "n");
  const launch = {
    MinCount: 1,
    MaxCount: 2,
    ImageId: "ami-1",
    BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { Encrypted: true, KmsKeyId: "k", VolumeSize: 9 } }],
    TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "k", Value: "v" }] }],
  };
  await answers({ Instances: [] }).send(new RunInstancesCommand(launch as never));
  const { ClientToken, ...sent } = JSON.parse(JSON.stringify(read)) as Record<string, unknown>;
  assert.equal(typeof ClientToken, "string");
  assert.deepEqual(sent, launch);
  const refusing = clientOf(EC2Client, () =>
    ec2.encodeError(new AwsError("InvalidSnapshot.NotFound", "no <such>"), "id-2"),
  );
  await assert.rejects(refusing.send(new DescribeSnapshotsCommand({})), {
    name: "InvalidSnapshot.NotFound",
    message: "no <such>",
  });
});

test("REST-JSON: path, query, headers and bytes go where the model says", async () => {
  let read: Record<string, unknown> = {};
  const answers = (output: Record<string, unknown>) =>
    clientOf(EBSClient, (request) => {
      const operation = ebs.operations.get(ebs.operationOf(request))!;
      read = operation.decode(request);
      return operation.encode(output, "id-1");
    });
  const put = {
    SnapshotId: "snap-0a",
    BlockIndex: 3,
    BlockData: Buffer.from("bytes"),
    DataLength: 5,
    Checksum: "abc=",
    ChecksumAlgorithm: "SHA256",
  } as const;
  const stored = await answers({ Checksum: "abc=", ChecksumAlgorithm: "SHA256" }).send(
    new PutSnapshotBlockCommand(put),
  );
  assert.deepEqual({ ...read, BlockData: Buffer.from(read.BlockData as Uint8Array) }, put);
  assert.equal(stored.Checksum, "abc=");
  const got = await answers({
    DataLength: 3,
    BlockData: Buffer.of(1, 2, 3),
    Checksum: "x",
    ChecksumAlgorithm: "SHA256",
  }).send(new GetSnapshotBlockCommand({ SnapshotId: "snap-0a", BlockIndex: 3, BlockToken: "to+ken/=" }));
  assert.deepEqual(read, { SnapshotId: "snap-0a", BlockIndex: 3, BlockToken: "to+ken/=" });
  assert.deepEqual([got.DataLength, [...(await got.BlockData!.transformToByteArray())]], [3, [1, 2, 3]]);
  const list = { SnapshotId: "snap-0a", MaxResults: 100, StartingBlockIndex: 2 };
  const listed = await answers({ Blocks: [{ BlockIndex: 2, BlockToken: "t" }], BlockSize: 524_288 }).send(
    new ListSnapshotBlocksCommand(list),
  );
  assert.deepEqual(read, list);
  assert.deepEqual(listed.Blocks, [{ BlockIndex: 2, BlockToken: "t" }]);
  await assert.rejects(answers({}).send(new ListSnapshotBlocksCommand({ ...list, MaxResults: 1 })), (error: Error) =>
    error.message.includes(
      "'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 100",
    ),
  );
  const refusing = clientOf(EBSClient, () =>
    ebs.encodeError(new AwsError("ValidationException", "no", 400, { Reason: "INVALID_BLOCK" }), "r"),
  );
  await assert.rejects(refusing.send(new ListSnapshotBlocksCommand(list)), {
    name: "ValidationException",
    Reason: "INVALID_BLOCK",
  });
});

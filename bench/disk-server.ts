import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { Disk } from "../src/disks/disk.ts";
import { Layer } from "../src/disks/layer.ts";
import { serveNbd } from "../src/disks/nbd-connection.ts";
import { ParallelDisk } from "../src/disks/parallel-disk.ts";
import { SectorCipher } from "../src/disks/sectors.ts";

/** A disk as an attached volume is one, with its cipher or with none: `disk-server.ts FOLDER SOCKET MiB xts|plain`. */
const [folder = "", socket = "", mebibytes = "", kind = ""] = process.argv.slice(2);
const bytes = Number(mebibytes) * 1024 * 1024;
const key = randomBytes(64);
const nothing = { encrypt: () => undefined, decrypt: () => undefined };

Layer.create(folder, "top");
const cipher = kind === "plain" ? nothing : new SectorCipher(key);
const whole = new Disk(folder, { bytes, below: [], top: "top" }, key, cipher);
const disk = kind === "plain" ? whole : new ParallelDisk(whole, key);
const exported = { name: "disk", bytes, readOnly: false };
const failed = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);
createServer((connection) => serveNbd(connection, { exported, disk, failed })).listen(socket, () =>
  process.stdout.write("Listening\n"),
);

import { writeSync } from "node:fs";
import { readConfig } from "../src/config.ts";
import { startServer } from "../src/server.ts";

/** A service that delivers all the time, for the test that kills it: data folder, folder of buckets. */
const [data, trailFolder] = process.argv.slice(2);
const server = await startServer(readConfig("development", { port: 0, data, trailFolder }), { deliverEveryMs: 15 });
writeSync(1, `Listening on ${server.url}\n`);

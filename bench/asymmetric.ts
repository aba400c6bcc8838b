import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answersOf } from "./load.ts";
import { run, stop } from "./processes.ts";
import { ask, request } from "./requests.ts";

/**
 * node bench/asymmetric.ts [apart]
 *
 * Does slow private-key work stop symmetric calls? Encrypt at a constant 200 a second, alone, and while 4 clients sign
 * with RSA_4096 and 2 with ML_DSA_87 (external mu) without pause. A latency counts from the moment a call was due, so
 * that a stalled server is charged for the calls it kept from being sent.
 *
 * On two cores the generator, the main thread, the writer and the pool share what there is. `apart` (Linux) gives the
 * pool the second core and all the others the first: what a machine does that has a core to spare for the main thread.
 */
const perSecond = 200;
const seconds = 15;
const waitingMost = 256;

const pssSigning = { SigningAlgorithm: "RSASSA_PSS_SHA_256" };

interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function open(port: number): { socket: Socket; answers: ReturnType<typeof answersOf> } {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  return { socket, answers: answersOf(socket) };
}

/** Sends requests when they are due, each on the lane that has rested longest: the server closes idle ones. */
async function steady(port: number, requests: readonly Buffer[]): Promise<Latencies> {
  const free: ReturnType<typeof open>[] = [];
  const latencies: number[] = [];
  const pending: Promise<void>[] = [];
  const begin = performance.now() + 100;
  for (const [index, bytes] of requests.entries()) {
    const due = begin + (index * 1000) / perSecond;
    if (due > performance.now()) await wait(due - performance.now());
    const lane = free.shift() ?? open(port);
    if (pending.length - latencies.length >= waitingMost)
      throw new Error(`more than ${waitingMost} calls wait for an answer`);
    lane.socket.write(bytes);
    const answered = lane.answers().then(({ status }) => {
      if (status !== 200) throw new Error(`Encrypt was answered ${status}`);
      latencies.push(performance.now() - due);
      free.push(lane);
    });
    // Told below. Who gives up above ends the server, and that breaks what is still waiting.
    answered.catch(() => {});
    pending.push(answered);
  }
  await Promise.all(pending);
  for (const { socket } of free) socket.destroy();
  latencies.sort((a, b) => a - b);
  const at = (part: number): number => latencies[Math.floor(latencies.length * part)] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(0.9999) };
}

/** One client that signs without pause until it is told to end: how many signatures it got. */
async function signing(port: number, requests: readonly Buffer[], until: { ended: boolean }): Promise<number> {
  const { socket, answers } = open(port);
  let signed = 0;
  for (let index = 0; !until.ended; index = (index + 1) % requests.length) {
    socket.write(requests[index]!);
    if ((await answers()).status !== 200) throw new Error("Sign was refused");
    signed += 1;
  }
  socket.destroy();
  return signed;
}

async function signers(port: number, KeySpec: string, clients: number, body: object, until: { ended: boolean }) {
  const { KeyMetadata } = await ask(port, "CreateKey", { KeySpec, KeyUsage: "SIGN_VERIFY" });
  const one = () =>
    request(port, "Sign", { KeyId: KeyMetadata.KeyId, Message: randomBytes(64).toString("base64"), ...body });
  const requests = Array.from({ length: 50 }, one);
  return () => Promise.all(Array.from({ length: clients }, () => signing(port, requests, until)));
}

/** Nice value of a thread: those of the pool give way to all others. */
function niceOf(pid: number, thread: string): number {
  const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
}

/** The pool's threads have begun when this is called. */
function setApart(server: number): void {
  const place = (core: string, thread: string): void => {
    const { status } = spawnSync("taskset", ["-pc", core, thread], { stdio: "ignore" });
    if (status !== 0) throw new Error("taskset (util-linux) is needed to set the pool apart");
  };
  for (const pid of [server, process.pid])
    for (const thread of readdirSync(`/proc/${pid}/task`)) place(niceOf(pid, thread) === 10 ? "1" : "0", thread);
}

async function main(): Promise<void> {
  const apart = process.argv.includes("apart");
  const folder = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const claviger = await run([main, "dev", "--port", "0", "--data", folder]);
  const { port } = claviger;
  try {
    const { KeyMetadata } = await ask(port, "CreateKey", {});
    const encryptions = () =>
      Array.from({ length: perSecond * seconds }, () =>
        request(port, "Encrypt", { KeyId: KeyMetadata.KeyId, Plaintext: randomBytes(32).toString("base64") }),
      );
    const until = { ended: false };
    const rsa = await signers(port, "RSA_4096", 4, pssSigning, until);
    const mu = { SigningAlgorithm: "ML_DSA_SHAKE_256", MessageType: "EXTERNAL_MU" };
    const lattice = await signers(port, "ML_DSA_87", 2, mu, until);
    if (apart) {
      const first = { ended: false };
      const sign = await signers(port, "RSA_4096", 4, pssSigning, first);
      const begun = sign();
      await wait(2000);
      setApart(claviger.child.pid!);
      first.ended = true;
      await begun;
    }
    // Warms up: what is compiled on the way would be charged to the first round.
    await steady(port, encryptions());
    const alone = await steady(port, encryptions());
    const beside = encryptions();
    const work = Promise.all([rsa(), lattice()]);
    work.catch(() => {});
    await wait(1000);
    const begin = performance.now();
    const loaded = await steady(port, beside);
    until.ended = true;
    const [rsaSigned, latticeSigned] = (await work).map((counts) => counts.reduce((sum, count) => sum + count, 0));
    const took = (performance.now() - begin) / 1000 + 1;
    console.log(
      `${availableParallelism()} cores, Encrypt at ${perSecond} calls a second for ${seconds} s${apart ? ", the pool on a core of its own" : ""}`,
    );
    console.log(line("alone", alone));
    console.log(line("beside 6 signers", loaded));
    console.log(`p99 beside / alone ${(loaded.p99Ms / alone.p99Ms).toFixed(2)}`);
    const rate = (count: number | undefined) => ((count ?? 0) / took).toFixed(0);
    console.log(`meanwhile RSA_4096 ${rate(rsaSigned)}/s, ML_DSA_87 external mu ${rate(latticeSigned)}/s`);
  } finally {
    await stop(claviger);
    rmSync(folder, { recursive: true, force: true });
  }
}

const line = (name: string, { p50Ms, p99Ms, mostMs }: Latencies): string =>
  `${name.padEnd(18)} p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms  most ${mostMs.toFixed(1)} ms`;

await main();

import { setTimeout as wait } from "node:timers/promises";
import { type Answer, type AwsEndpoint, AwsRefusal, callJson } from "./aws-client.ts";
import type { Terminal } from "./command.ts";
import { askInstallation } from "./installation.ts";
import { printable, recordLine, type TrailRecord } from "./record-line.ts";
import { readReason, reasonLines } from "./tour-reason.ts";

/** Somebody in the story: a name that people read, and the credentials behind it. */
export interface Actor {
  readonly name: string;
  readonly endpoint: AwsEndpoint;
  /** The root of the actor's account, who may ask why. */
  readonly owner: AwsEndpoint;
}

/** What a step came to; `code` is the refusal's. */
export interface Played<T> {
  readonly output: T | undefined;
  readonly code: string | undefined;
}

/** How often the trail is read for a record before it counts as missing. It is durable before the answer. */
const readsMost = 20;

/** Where the story is played: each step is called, told, found on the trail, and compared with what was expected. */
export class Stage {
  readonly root: AwsEndpoint;
  readonly #terminal: Terminal;
  readonly #json: boolean;
  #chapter = 0;
  #title = "";
  #steps = 0;
  #deviations = 0;
  #read = 0;

  constructor(root: AwsEndpoint, terminal: Terminal, json: boolean) {
    this.root = root;
    this.#terminal = terminal;
    this.#json = json;
  }

  /** Starts at the end of the trail: a service that has run for a year is not read through. */
  async chapter(title: string): Promise<void> {
    if (this.#chapter === 0) await this.#skipTrail();
    this.#chapter += 1;
    this.#title = title;
    this.say(`\n${this.#chapter}. ${title}`);
  }

  /** Told to people only. */
  say(text: string): void {
    if (!this.#json) this.#terminal.print(text);
  }

  /** One KMS call. `expected`: "ok", or the code of the refusal. */
  kms<T = Record<string, unknown>>(
    actor: Actor,
    told: string,
    operation: string,
    input: object,
    expected = "ok",
  ): Promise<Played<T>> {
    const call = () => callJson<T>(actor.endpoint, "kms", `TrentService.${operation}`, input);
    return this.step(actor, told, `kms:${operation}`, call, expected);
  }

  async step<T>(
    actor: Actor,
    told: string,
    action: string,
    call: () => Promise<Answer<T>>,
    expected = "ok",
  ): Promise<Played<T>> {
    const { requestId, ...played } = await settle(call);
    const outcome = played.code ?? "ok";
    const reason = await readReason(actor.owner, requestId);
    const record = await this.#record((one) => one.requestID === requestId);
    // What does not exist is not decided about.
    const decided = reason !== undefined || outcome === "NotFoundException";
    const asTold = outcome === expected && record !== undefined && decided;
    this.#steps += 1;
    if (!asTold) this.#deviations += 1;
    if (this.#json) {
      const step = { chapter: this.#title, actor: actor.name, action, outcome, expected, reason, record, ok: asTold };
      this.#terminal.print(JSON.stringify(step));
      return played;
    }
    this.say(`   ${told}`);
    this.say(`     ${actor.name} called ${action}: ${verdict(played)}`);
    for (const line of reason ? reasonLines(reason, played.code !== undefined) : [])
      this.say(`       ${printable(line)}`);
    this.say(`     on the trail: ${record ? recordLine(record) : "NOTHING"}`);
    if (outcome !== expected) this.say(`     NOT AS EXPECTED: ${expected} was expected`);
    return played;
  }

  /** What the service does by itself, found on the trail. */
  async event(told: string, name: string, arn: string): Promise<void> {
    const about = ({ eventName, resources }: TrailRecord) =>
      eventName === name && resources?.some(({ ARN }) => ARN === arn);
    const record = await this.#record((one) => about(one) === true);
    this.claim(told, record !== undefined);
    if (record) this.say(`     on the trail: ${recordLine(record)}`);
  }

  /** Something that the story claims and that is no call: a file that came back as it was. */
  claim(told: string, holds: boolean): void {
    this.#steps += 1;
    if (!holds) this.#deviations += 1;
    if (this.#json) this.#terminal.print(JSON.stringify({ chapter: this.#title, claim: told, ok: holds }));
    else this.say(`   ${holds ? told : `NOT SO: ${told}`}`);
  }

  async advance(told: string, days: number): Promise<void> {
    const input = { advanceSeconds: days * 86_400 };
    const { domain } = await askInstallation<{ domain: string }>(this.root, "POST", "clock", input);
    if (this.#json) this.#terminal.print(JSON.stringify({ chapter: this.#title, clock: domain, ok: true }));
    else this.say(`   ${told} The service's clock now says ${domain}.`);
  }

  /** The exit code. */
  end(): number {
    const summary = { steps: this.#steps, deviations: this.#deviations };
    if (this.#json) this.#terminal.print(JSON.stringify(summary));
    else if (this.#deviations === 0) this.say(`\n${this.#steps} steps, each as told, each on the trail.`);
    else this.say(`\n${this.#deviations} of ${this.#steps} steps were not as told.`);
    return this.#deviations === 0 ? 0 : 1;
  }

  /** The record is durable before the answer; reading on is for trails that others write to as well. */
  async #record(wanted: (record: TrailRecord) => boolean): Promise<TrailRecord | undefined> {
    for (let reads = 0; reads < readsMost; reads++) {
      const records = await this.#readTrail();
      const found = records.find(wanted);
      if (found) return found;
      if (records.length === 0) await wait(25);
    }
    return undefined;
  }

  async #readTrail(): Promise<TrailRecord[]> {
    const path = `audit?after=${this.#read}&limit=1000`;
    const { lines, next } = await askInstallation<{ lines: string[]; next: number }>(this.root, "GET", path);
    this.#read = next;
    return lines.map((line) => JSON.parse(line) as TrailRecord);
  }

  async #skipTrail(): Promise<void> {
    while ((await this.#readTrail()).length === 1000);
  }
}

async function settle<T>(call: () => Promise<Answer<T>>): Promise<Played<T> & { requestId: string }> {
  try {
    const { output, requestId } = await call();
    return { output, code: undefined, requestId };
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error;
    return { output: undefined, code: error.code, requestId: error.requestId };
  }
}

const verdict = ({ code }: Played<unknown>): string => {
  if (code === undefined) return "allowed";
  return code.startsWith("AccessDenied") ? "denied" : `refused, ${code}`;
};

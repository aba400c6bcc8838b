import { AwsError, OperatorError } from "../errors.ts";
import type { House } from "../house.ts";
import { rootCaller } from "../identity/principals.ts";
import { callAs } from "../pipeline.ts";
import type { Change } from "../store/entities.ts";
import { serviceRecord } from "../audit/event.ts";

type Input = Readonly<Record<string, unknown>>;

const origin = { sourceAddress: "127.0.0.1", userAgent: "claviger seed", secure: true };

/** Where a seed is planted: each thing by the call that the account's root would make, checked and recorded as any. */
export class Garden {
  readonly house: House;
  constructor(house: House) {
    this.house = house;
  }

  has(kind: string, id: string): boolean {
    return this.house.entities.get(kind, id) !== undefined;
  }

  /** Throws OperatorError that names the place. `more` is what no client can say. */
  async call(
    at: { readonly account: string; readonly region: string; readonly path: string },
    service: "iam" | "kms",
    operation: string,
    input: Input,
    more: Input = {},
  ): Promise<void> {
    const caller = rootCaller(at.account, "", origin, []);
    try {
      const checked = this.#decoded(service, operation, input);
      await callAs(this.house, () => ({ caller, region: at.region }), {
        service,
        operation,
        input: { ...checked, ...more },
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new OperatorError(`Cannot plant ${at.path}: ${error.code}: ${error.message}`);
    }
  }

  /** Rows that no operation makes with what is given, and their record. */
  async make(
    at: { readonly account: string; readonly path: string },
    name: string,
    changes: readonly Change[],
  ): Promise<void> {
    const event = { name, region: "us-east-1", account: at.account, resources: [] };
    const record = JSON.stringify({
      ...(JSON.parse(serviceRecord(event, this.house.clocks.domain())) as object),
      eventSource: "claviger",
    });
    const submission = { changes, records: [record], used: [], decidedAt: this.house.store.changeNumber };
    const outcome = await new Promise((resolve) => this.house.store.commit(submission, resolve));
    if (outcome instanceof Error) throw outcome;
    if (outcome !== "done") throw new OperatorError(`Cannot plant ${at.path}: it is there already`);
  }

  /** Through the service's own codec, so that what is wrong is found and said as on the wire. */
  #decoded(service: string, operation: string, input: Input): Record<string, unknown> {
    const { wire } = this.house.apis.named(service);
    const body = wire.protocol === "json" ? JSON.stringify(input) : form(input).toString();
    return wire.operations.get(operation)!.decode({
      method: "POST",
      target: "/",
      headers: new Map(),
      body: Buffer.from(body),
      remoteAddress: origin.sourceAddress,
      secure: origin.secure,
      requestId: "",
    });
  }
}

/** Texts, and lists of flat objects as the Query protocol counts them: `Tags.member.1.Key`. */
function form(input: Input): URLSearchParams {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (!Array.isArray(value)) pairs.set(name, String(value));
    else
      for (const [index, entry] of (value as Record<string, string>[]).entries())
        for (const [member, text] of Object.entries(entry)) pairs.set(`${name}.member.${index + 1}.${member}`, text);
  }
  return pairs;
}

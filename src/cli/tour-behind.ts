import type { AwsEndpoint } from "./aws-client.ts";
import { askInstallation } from "./installation.ts";
import { printable, type TrailRecord } from "./record-line.ts";
import { readReason, reasonLines } from "./tour-reason.ts";

/** What a service did on the way of a call, and after its answer: records that name the service as their caller. */
export class Behind {
  readonly #root: AwsEndpoint;
  #read = 0;

  constructor(root: AwsEndpoint) {
    this.#root = root;
  }

  /** What happened until now is not told. */
  async leaveUntold(): Promise<void> {
    await this.#records();
  }

  /**
   * The calls to KMS since the last time, a line each with its reason, and as `DescribeKey`, `CreateGrant denied`.
   * A call across accounts stands in two trails with one sharedEventID: it is told once.
   */
  async calls(owners: Readonly<Record<string, AwsEndpoint>>): Promise<{ names: string[]; lines: string[] }> {
    const names: string[] = [];
    const lines: string[] = [];
    const shared = new Set<string>();
    for (const record of await this.#records()) {
      const { eventSource, userIdentity = {}, sharedEventID } = record;
      if (eventSource !== "kms.amazonaws.com" || userIdentity.invokedBy === undefined) continue;
      if (sharedEventID !== undefined && shared.has(sharedEventID)) continue;
      if (sharedEventID !== undefined) shared.add(sharedEventID);
      if (record.requestID === undefined) continue;
      const outcome =
        record.errorCode === undefined ? "" : record.errorCode.startsWith("Access") ? " denied" : " refused";
      names.push(`${record.eventName}${outcome}`);
      lines.push(...(await this.#told(record, owners)));
    }
    return { names, lines };
  }

  async #told(record: Shared, owners: Readonly<Record<string, AwsEndpoint>>): Promise<string[]> {
    const { arn, invokedBy, type, accountId } = record.userIdentity ?? {};
    const who = type === "AWSService" ? "itself" : (arn ?? accountId ?? "?");
    const verdict = record.errorCode === undefined ? "allowed" : "denied";
    const on = record.resources?.[0]?.ARN ?? "";
    const owner = owners[record.recipientAccountId ?? ""];
    const reason = owner && (await readReason(owner, record.requestID ?? ""));
    const grant = record.additionalEventData?.grantId;
    const byGrant = grant === undefined ? [] : [`because grant ${grant} permits it`];
    const why = reason ? reasonLines(reason, record.errorCode !== undefined) : byGrant;
    return [
      `${invokedBy} called kms:${record.eventName} as ${who}: ${verdict}${on && `, on ${on}`} (${record.awsRegion})`,
      ...why.map((line) => `  ${line}`),
    ].map(printable);
  }

  async #records(): Promise<Shared[]> {
    const records: Shared[] = [];
    for (;;) {
      const path = `audit?after=${this.#read}&limit=1000`;
      const { lines, next } = await askInstallation<{ lines: string[]; next: number }>(this.#root, "GET", path);
      this.#read = next;
      records.push(...lines.map((line) => JSON.parse(line) as Shared));
      if (lines.length < 1000) return records;
    }
  }
}

type Shared = TrailRecord & {
  readonly sharedEventID?: string;
  readonly recipientAccountId?: string;
  readonly additionalEventData?: { readonly grantId?: string };
};

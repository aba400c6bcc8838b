import {
  CostExplorerClient,
  GetCostAndUsageCommand,
  type GetCostAndUsageCommandInput,
  type ResultByTime,
} from "@aws-sdk/client-cost-explorer";
import { type Credentials, root, settingsOf, type TestServer } from "./kit.ts";

export const january: { readonly Start: string; readonly End: string } = { Start: "2031-01-01", End: "2031-02-01" };
export const month: Pick<GetCostAndUsageCommandInput, "TimePeriod" | "Granularity" | "Metrics"> = {
  TimePeriod: january,
  Granularity: "MONTHLY",
  Metrics: ["UnblendedCost", "UsageQuantity"],
};

export const explorer = (server: TestServer, credentials: Credentials = root): CostExplorerClient =>
  new CostExplorerClient(settingsOf(server, credentials));

/** `Key|Key` → the cost and the quantity of its group. */
export const read = ({ Groups = [] }: ResultByTime): Record<string, string[]> =>
  Object.fromEntries(
    Groups.map(({ Keys = [], Metrics = {} }) => [
      Keys.join("|"),
      [Metrics.UnblendedCost!.Amount!, `${Metrics.UsageQuantity!.Amount} ${Metrics.UsageQuantity!.Unit}`],
    ]),
  );

/** The groups of each period. */
export async function grouped(
  server: TestServer,
  input: Partial<GetCostAndUsageCommandInput>,
  credentials: Credentials = root,
): Promise<Record<string, string[]>[]> {
  const answer = await explorer(server, credentials).send(new GetCostAndUsageCommand({ ...month, ...input }));
  return (answer.ResultsByTime ?? []).map(read);
}

import { checkpointPublicKey } from "./audit/chain.ts";
import { allOf } from "./deliveries/book.ts";
import type { Span } from "./deliveries/entities.ts";
import type { House } from "./house.ts";
import { Retention } from "./jobs/retention.ts";
import { heldSince } from "./lake/held.ts";
import type { Cursor } from "./meter/entities.ts";
import type { Operator } from "./services/claviger/operations.ts";

type Parts = Pick<House, "seal" | "store" | "entities" | "clocks" | "meter" | "sinks">;

/** Nothing is pruned that a sink, the meter or a delivery does not have yet, nor what an event data store holds. */
export function retentionOf(
  { seal, store, entities, clocks, meter, sinks }: Parts,
  fault: House["log"]["fault"],
): Retention {
  const takers = async () => {
    await meter.follow();
    const metered = { name: "meter", taken: entities.get<Cursor>("meter", "cursor")?.content.after ?? 0 };
    const spans = [...allOf<Span>(entities, "trail-span")].map(({ content }) => content.cursor);
    const delivered = spans.map((taken) => ({ name: "deliveries of log files", taken }));
    return [metered, ...delivered, ...sinks.takers()];
  };
  const account = () => entities.get<Operator>("installation", "operator")?.content.account ?? "000000000000";
  const publicKey = checkpointPublicKey(seal.derive("audit-checkpoint"));
  const failed = (error: unknown) => fault("retention", error);
  const held = () => heldSince(entities, clocks.domain());
  return new Retention({ store, clocks, publicKey, takers, heldSince: held, account, failed });
}

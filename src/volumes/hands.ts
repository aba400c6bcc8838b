import type { Caller } from "../identity/caller.ts";
import { continuedCaller } from "../identity/continuation.ts";
import { forwardedCaller, infrastructureCaller, serviceCaller } from "../identity/forwarding.ts";
import { systemDecision } from "../policy/decide.ts";
import type { Entity } from "../store/entities.ts";
import { forwarders, type KmsVoice } from "./kms-voice.ts";
import type { Ending, Hands, Work } from "./work.ts";
import type { WorkPlace } from "./works.ts";

interface Place extends WorkPlace {
  commit(ending: Ending): Promise<void>;
  halted(): boolean;
}

/** What one piece of work is done with. */
export function handsFor({ content, row }: Entity<Work>, place: Place): Hands {
  const { world, disks } = place;
  const decision = systemDecision(`continue ${content.what}`);
  const going = (): void => {
    if (place.halted()) throw new Error("the server is ending");
  };
  const voice =
    (who: () => Caller, region: string): KmsVoice =>
    async (operation, input) => {
      going();
      return await place.call(who, region, operation, input);
    };
  const caller = () => {
    if (!row.secret) throw new Error("this work is nobody's");
    return continuedCaller(world.seal.open(decision, { kind: row.kind, id: row.id }, row.secret), row.id, world);
  };
  return {
    entities: world.entities,
    seal: world.seal,
    disks,
    decision,
    now: () => world.clocks.domain(),
    asCaller: (by, region) => voice(() => forwardedCaller(caller(), by, region), region),
    asService: (by, region, onBehalfOf) => voice(() => serviceCaller(by, onBehalfOf), region),
    asInfrastructure: (account, instanceId, region) =>
      voice(
        () => infrastructureCaller(account, "aws:ec2-infrastructure", instanceId, forwarders.infrastructure(), region),
        region,
      ),
    endGuest: async (instance) => await place.endGuest?.(instance),
    step: async (ending) => {
      going();
      await place.commit(ending);
    },
  };
}

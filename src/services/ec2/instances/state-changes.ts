import { refuse } from "../../../errors.ts";
import type { Call, Operation, Outcome, ServiceEvent } from "../../../operation.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { instanceEvent, type LaunchedInstance } from "../../../volumes/instance.ts";
import { workFor } from "../../../volumes/work.ts";
import { askResource } from "../ask-ec2.ts";
import { findInstances, type FoundInstance, presentInstances } from "./find-instances.ts";
import { stateOf } from "./show-instance.ts";

interface Input {
  InstanceIds?: string[];
  Force?: boolean;
  Hibernate?: boolean;
}

type State = LaunchedInstance["state"];

/** StartInstances, StopInstances and TerminateInstances differ in this. */
export interface StateChange {
  readonly name: string;
  /** The answer's member, and the record's. */
  readonly member: string;
  readonly from: readonly State[];
  readonly to: State;
  /** States in which there is nothing to do. */
  readonly already: readonly State[];
  readonly work: string;
  /** Throws for an instance that must not change. */
  readonly check: (instance: LaunchedInstance) => void;
  readonly changed: (instance: LaunchedInstance, call: Call) => LaunchedInstance;
}

export const changesState = (change: StateChange): Operation<Input, unknown, readonly FoundInstance[]> => ({
  name: change.name,
  readOnly: false,
  requestParameters: ({ InstanceIds = [], Force }) => ({
    instancesSet: { items: InstanceIds.map((instanceId) => ({ instanceId })) },
    ...(change.name === "StartInstances" ? {} : { force: Force ?? false }),
  }),
  find: ({ InstanceIds }, call) => findInstances(InstanceIds, call),
  asks: (_input, found, call) => found.map((instance) => askResource(change.name, instance, call)),
  run: ({ Hibernate }, found, call) => {
    if (Hibernate) refuse("UnsupportedHibernationConfiguration", "The instances were not launched to hibernate.");
    const instances = presentInstances(found);
    for (const { content } of instances) checkState(change, content);
    const steps = instances.map((instance) => stepOf(change, instance, call));
    return answerOf(change, steps);
  },
});

function checkState({ from, already, check, name }: StateChange, instance: LaunchedInstance): void {
  const { state, instanceId } = instance;
  if (already.includes(state)) return;
  check(instance);
  if (from.includes(state)) return;
  const verb = name === "StartInstances" ? "started" : "stopped";
  refuse(
    "IncorrectInstanceState",
    name === "StartInstances"
      ? `The instance '${instanceId}' is not in a state from which it can be ${verb}.`
      : `This instance '${instanceId}' is not in a state from which it can be ${verb}.`,
  );
}

interface Step {
  readonly before: LaunchedInstance;
  readonly after: LaunchedInstance;
  readonly changes: readonly Change[];
  readonly events: readonly ServiceEvent[];
}

function stepOf(change: StateChange, instance: Entity<LaunchedInstance>, call: Call): Step {
  const before = instance.content;
  if (change.already.includes(before.state)) return { before, after: before, changes: [], events: [] };
  const after: LaunchedInstance = { ...change.changed(before, call), state: change.to };
  const target = { kind: "instance", id: instance.row.id };
  return {
    before,
    after,
    changes: [call.entities.put(instance, after), workFor(call, change.work, target, {})],
    events: [instanceEvent(after)],
  };
}

function answerOf({ member }: StateChange, steps: readonly Step[]): Outcome<unknown> {
  const name = (state: State) => {
    const { Code, Name } = stateOf(state);
    return { code: Code, name: Name };
  };
  return {
    answer: {
      [member]: steps.map(({ before, after }) => ({
        InstanceId: after.instanceId,
        CurrentState: stateOf(after.state),
        PreviousState: stateOf(before.state),
      })),
    },
    changes: steps.flatMap(({ changes }) => changes),
    events: steps.flatMap(({ events }) => events),
    responseElements: {
      instancesSet: {
        items: steps.map(({ before, after }) => ({
          instanceId: after.instanceId,
          currentState: name(after.state),
          previousState: name(before.state),
        })),
      },
    },
  };
}

/** `User initiated (2026-11-25 13:00:00 GMT)` */
export const byUser = (now: number): string =>
  `User initiated (${new Date(now).toISOString().slice(0, 19).replace("T", " ")} GMT)`;

import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { byUser, changesState } from "../instances/state-changes.ts";

const userInitiated = {
  code: "Client.UserInitiatedShutdown",
  message: "Client.UserInitiatedShutdown: User initiated shutdown",
};

export const startInstances: Operation = changesState({
  name: "StartInstances",
  member: "StartingInstances",
  from: ["stopped"],
  to: "pending",
  already: ["pending", "running"],
  work: "start-instance",
  check: () => undefined,
  changed: ({ stateReason: _before, ...instance }, { now }) => ({ ...instance, transitionReason: "", launchedAt: now }),
});

/** The grant of what runs it ends here, and with it the key: volumes stay attached. */
export const stopInstances: Operation = changesState({
  name: "StopInstances",
  member: "StoppingInstances",
  from: ["running"],
  to: "stopping",
  already: ["stopping", "stopped"],
  work: "stop-instance",
  check: ({ disableApiStop, instanceId, state }) => {
    if (disableApiStop && state === "running")
      refuse(
        "OperationNotPermitted",
        `The instance '${instanceId}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
      );
  },
  changed: (instance, { now }) => ({ ...instance, transitionReason: byUser(now), stateReason: userInitiated }),
});

export const terminateInstances: Operation = changesState({
  name: "TerminateInstances",
  member: "TerminatingInstances",
  from: ["pending", "running", "stopping", "stopped"],
  to: "shutting-down",
  already: ["shutting-down", "terminated"],
  work: "terminate-instance",
  check: ({ disableApiTermination, instanceId }) => {
    if (disableApiTermination)
      refuse(
        "OperationNotPermitted",
        `The instance '${instanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
  },
  changed: (instance, { now }) => ({ ...instance, transitionReason: byUser(now), stateReason: userInitiated }),
});

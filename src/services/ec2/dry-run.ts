import type { Operation } from "../../operation.ts";
import { endDryRun } from "./refuse-ec2.ts";

/** Every operation of EC2 takes DryRun: it ends the call once it is authorized and before it does anything. */
export const withDryRun = (operation: Operation): Operation => ({
  ...operation,
  run: (input, found, call, decisions) => {
    endDryRun((input as { DryRun?: boolean }).DryRun);
    return operation.run(input, found, call, decisions);
  },
});

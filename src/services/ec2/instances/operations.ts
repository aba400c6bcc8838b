import type { Operation } from "../../../operation.ts";
import { describeInstanceAttribute } from "../operations/describe-instance-attribute.ts";
import { describeInstanceCreditSpecifications } from "../operations/describe-instance-credit-specifications.ts";
import { describeInstanceStatus } from "../operations/describe-instance-status.ts";
import { describeInstances } from "../operations/describe-instances.ts";
import { startInstances, stopInstances, terminateInstances } from "../operations/instance-states.ts";
import { modifyInstanceAttribute } from "../operations/modify-instance-attribute.ts";
import { runInstances } from "../operations/run-instances.ts";

export const instanceOperations: readonly Operation[] = [
  describeInstanceAttribute,
  describeInstanceCreditSpecifications,
  describeInstanceStatus,
  describeInstances,
  modifyInstanceAttribute,
  runInstances,
  startInstances,
  stopInstances,
  terminateInstances,
];

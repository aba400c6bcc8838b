import { createVolumeWork, deleteVolumeWork } from "../../volumes/making.ts";
import type { WorkHandlers } from "../../volumes/work.ts";

/** What EC2 does after its calls are answered, by name. */
export const ec2Works: WorkHandlers = new Map([
  ["create-volume", createVolumeWork],
  ["delete-volume", deleteVolumeWork],
]);

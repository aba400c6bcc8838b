import { attachVolumeWork, detachVolumeWork, reattachVolumeWork } from "../../volumes/attachment-works.ts";
import { launchInstanceWork, startInstanceWork } from "../../volumes/launching.ts";
import { createVolumeWork, deleteVolumeWork } from "../../volumes/making.ts";
import { forgetInstanceWork, stopInstanceWork, terminateInstanceWork } from "../../volumes/stopping.ts";
import { modifyVolumeWork } from "../../volumes/modification.ts";
import type { WorkHandler, WorkHandlers } from "../../volumes/work.ts";
import { copyWork } from "./snapshots/copy-work.ts";
import { freezeWork } from "./snapshots/freeze-work.ts";

/** What EC2 does after its calls are answered, by name. */
export const ec2Works: WorkHandlers = new Map<string, WorkHandler>([
  ["attach-volume", attachVolumeWork],
  ["copy-snapshot", copyWork],
  ["create-snapshot", freezeWork],
  ["create-volume", createVolumeWork],
  ["delete-volume", deleteVolumeWork],
  ["detach-volume", detachVolumeWork],
  ["forget-instance", forgetInstanceWork],
  ["launch-instance", launchInstanceWork],
  ["modify-volume", modifyVolumeWork],
  ["reattach-volume", reattachVolumeWork],
  ["start-instance", startInstanceWork],
  ["stop-instance", stopInstanceWork],
  ["terminate-instance", terminateInstanceWork],
]);

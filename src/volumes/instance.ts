import type { Tag } from "../identity/entities.ts";

/** kind "instance", id = `region/i-…`, scope = `account/region`. Its volumes say themselves where they are attached. */
export interface Instance {
  account: string;
  region: string;
  instanceId: string;
  reservationId: string;
  launchIndex: number;
  imageId: string;
  type: string;
  architecture: string;
  virtualization: string;
  zone: string;
  subnetId: string;
  address: string;
  rootDevice: string;
  keyName?: string;
  userData?: string;
  state: "pending" | "running" | "stopping" | "stopped" | "shutting-down" | "terminated";
  stateReason?: { code: string; message: string };
  /** `User initiated (2026-11-25 13:00:00 GMT)` */
  transitionReason: string;
  launchedAt: number;
  tags: Tag[];
  disableApiTermination: boolean;
  disableApiStop: boolean;
  shutdownBehavior: "stop" | "terminate";
  sourceDestCheck: boolean;
  ebsOptimized: boolean;
  credits?: "standard" | "unlimited";
  /** When it was terminated: it stays visible for an hour. */
  terminatedAt?: number;
}

export const instanceRowId = (region: string, instanceId: string): string => `${region}/${instanceId}`;

/** Who reads an instance's volumes: the infrastructure's role, in a session named after the instance. */
export const infrastructureRole = "aws:ec2-infrastructure";

import type { ServiceEvent } from "../operation.ts";
import { regionalArn } from "../arn.ts";
import type { Instance } from "./entities.ts";
import type { Image } from "./image.ts";

/** An instance with all that is told of it. Its volumes say themselves where they are attached. */
export interface LaunchedInstance extends Instance {
  reservationId: string;
  launchIndex: number;
  clientToken?: string;
  imageId: string;
  type: string;
  architecture: Image["architecture"];
  virtualization: Image["virtualization"];
  bootMode?: string;
  subnetId: string;
  address: string;
  rootDevice: string;
  keyName?: string;
  stateReason?: StateReason;
  /** `User initiated (2026-11-25 13:00:00 GMT)` */
  transitionReason: string;
  launchedAt: number;
  disableApiTermination: boolean;
  disableApiStop: boolean;
  shutdownBehavior: "stop" | "terminate";
  sourceDestCheck: boolean;
  ebsOptimized: boolean;
  monitored: boolean;
  metadata: MetadataOptions;
  credits?: "standard" | "unlimited";
}

/** What was asked for; no metadata is served. */
export interface MetadataOptions {
  HttpTokens: string;
  HttpPutResponseHopLimit: number;
  HttpEndpoint: string;
  HttpProtocolIpv6: string;
  InstanceMetadataTags: string;
}

export interface StateReason {
  code: string;
  message: string;
}

/** KMS or the disk would not do what the launch needed: AWS tells no more than this (flows.md, section 1.3). */
export const launchFailure: StateReason = {
  code: "Client.InternalError",
  message: "Client.InternalError: Client error on launch",
};

export const stateCodes: Readonly<Record<Instance["state"], number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** EventBridge's "EC2 Instance State-change Notification". */
export function instanceEvent({ account, region, instanceId, state }: Instance): ServiceEvent {
  return {
    name: "EC2 Instance State-change Notification",
    region,
    account,
    source: "aws.ec2",
    type: "Notification",
    resources: [{ ARN: regionalArn("ec2", region, account, `instance/${instanceId}`), accountId: account }],
    details: { "instance-id": instanceId, state },
  };
}

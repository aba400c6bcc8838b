import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { type Credentials, root, settingsOf, type TestServer } from "./kit.ts";

/** Shorthand of the tests of CloudTrail's trails. */
export const trailsAt = (
  server: TestServer,
  region = "eu-west-1",
  credentials: Credentials = root,
): cloudtrail.CloudTrailClient => new cloudtrail.CloudTrailClient(settingsOf(server, credentials, region));

export const trailArn = (name: string, region = "eu-west-1", account = "000000000000"): string =>
  `arn:aws:cloudtrail:${region}:${account}:trail/${name}`;

/** A trail "main" to the bucket "logs", unless something else is said. */
export const createTrail = (more: Partial<cloudtrail.CreateTrailCommandInput> = {}): cloudtrail.CreateTrailCommand =>
  new cloudtrail.CreateTrailCommand({ Name: "main", S3BucketName: "logs", ...more });

/** For `assert.rejects`. */
export const refusal = (name: string, message: RegExp = /^/): { name: string; message: RegExp } => ({ name, message });

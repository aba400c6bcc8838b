import { openSession } from "../src/identity/session-token.ts";
import { continuedSession } from "../src/identity/sessions.ts";
import type { AccessKey } from "../src/identity/entities.ts";
import { forwardedCaller } from "../src/identity/forwarding.ts";
import { rootCaller, userCaller } from "../src/identity/principals.ts";
import type { Caller } from "../src/identity/caller.ts";
import type { Credentials, TestServer } from "./kit.ts";

const origin = { sourceAddress: "203.0.113.9", userAgent: "aws-cli", secure: true };

/** Whoever holds these credentials, as identity reads them at this moment. */
function holderOf({ house }: TestServer, { accessKeyId, sessionToken }: Credentials): Caller {
  const { world } = house;
  if (sessionToken !== undefined)
    return continuedSession(openSession(world.seal, accessKeyId, sessionToken)!, accessKeyId, origin, world);
  const key = world.entities.get<AccessKey>("access-key", accessKeyId)?.content;
  if (key?.userName !== undefined) return userCaller(key.account, key.userName, accessKeyId, origin, [], world)!;
  return rootCaller(accessKeyId === "test" ? "000000000000" : accessKeyId, accessKeyId, origin, []);
}

/** The same, as EC2 forwards the call to another service. */
export const throughEc2 = (server: TestServer, credentials: Credentials, region: string) => (): Caller =>
  forwardedCaller(holderOf(server, credentials), { name: "ec2" }, region);

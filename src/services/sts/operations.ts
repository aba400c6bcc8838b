import type { Operation, Operations } from "../../operation.ts";
import { assumeRoleWithWebIdentity } from "./operations/assume-role-with-web-identity.ts";
import { assumeRole } from "./operations/assume-role.ts";
import { decodeAuthorizationMessage } from "./operations/decode-authorization-message.ts";
import { getAccessKeyInfo } from "./operations/get-access-key-info.ts";
import { getCallerIdentity } from "./operations/get-caller-identity.ts";
import { getFederationToken } from "./operations/get-federation-token.ts";
import { getSessionToken } from "./operations/get-session-token.ts";

const all: readonly Operation[] = [
  assumeRole,
  assumeRoleWithWebIdentity,
  decodeAuthorizationMessage,
  getAccessKeyInfo,
  getCallerIdentity,
  getFederationToken,
  getSessionToken,
];

export const stsOperations: Operations = new Map(all.map((operation) => [operation.name, operation]));

import type { Operation, Operations } from "../../operation.ts";
import { assumeRole } from "./operations/assume-role.ts";
import { getAccessKeyInfo } from "./operations/get-access-key-info.ts";
import { getCallerIdentity } from "./operations/get-caller-identity.ts";
import { getSessionToken } from "./operations/get-session-token.ts";

const all: readonly Operation[] = [assumeRole, getAccessKeyInfo, getCallerIdentity, getSessionToken];

export const stsOperations: Operations = new Map(all.map((operation) => [operation.name, operation]));

import { refuse } from "../../errors.ts";
import type { CallerFacts } from "../../identity/caller.ts";

/** GetSessionToken's credentials call AssumeRole and GetCallerIdentity alone, a federated user's the latter (iam.md, section 5). */
export function refuseTokenSession(operation: string, { session }: CallerFacts): void {
  if (session?.kind === "session-token" || session?.kind === "federated-user") refuseSession(operation);
}

/** For what is asked with long-term credentials only. */
export function refuseAnySession(operation: string, { session }: CallerFacts): void {
  if (session) refuseSession(operation);
}

const refuseSession = (operation: string): never =>
  refuse("AccessDeniedException", `Cannot call ${operation} with session credentials`, 403);

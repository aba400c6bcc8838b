import { refuse } from "../../errors.ts";
import type { CallerFacts } from "../../identity/caller.ts";
import type { Call } from "../../operation.ts";

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

/** The access key that a session lives and dies with; the well-known credentials have no row. */
export const askedWith = ({ caller, entities }: Call): { askedWith?: string } => {
  const { accessKeyId } = caller.facts;
  return entities.get("access-key", accessKeyId) ? { askedWith: accessKeyId } : {};
};

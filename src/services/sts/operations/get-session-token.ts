import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askedWith, refuseAnySession } from "../long-term.ts";
import { recordedCredentials, sessionCredentials } from "../session-credentials.ts";

interface Input {
  DurationSeconds?: number;
  SerialNumber?: string;
}

/** iam.md, section 5: 12 hours when nothing is said; root's last an hour at most. No permission is needed. */
const defaultSeconds = 43_200;
const rootMostSeconds = 3600;

export const getSessionToken: Operation<Input, unknown, undefined> = {
  name: "GetSessionToken",
  readOnly: true,
  requestParameters: ({ DurationSeconds }) =>
    DurationSeconds === undefined ? null : { durationSeconds: DurationSeconds },
  find: () => undefined,
  asks: () => [],
  run: ({ DurationSeconds = defaultSeconds, SerialNumber }, _found, call) => {
    const { facts } = call.caller;
    refuseAnySession("GetSessionToken", facts);
    if (SerialNumber !== undefined)
      refuse("AccessDeniedException", "MultiFactorAuthentication failed with invalid MFA one time pass code.", 403);
    const seconds = facts.kind === "root" ? Math.min(DurationSeconds, rootMostSeconds) : DurationSeconds;
    const issuedAt = call.clocks.wall();
    const credentials = sessionCredentials(
      {
        kind: "session-token",
        name: facts.userName ?? "root",
        account: facts.account,
        entityId: facts.userName === undefined ? "" : `${facts.account}/${facts.userName.toLowerCase()}`,
        uniqueId: facts.uniqueId,
        ...askedWith(call),
        issuedAt,
        expiresAt: issuedAt + seconds * 1000,
        mfa: false,
        tags: [],
        transitiveTagKeys: [],
      },
      call,
    );
    return {
      answer: { Credentials: credentials },
      responseElements: { credentials: recordedCredentials(credentials) },
    };
  },
};

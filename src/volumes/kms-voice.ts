import type { Forwarder } from "../identity/forwarding.ts";
import type { Call } from "../operation.ts";

/** Calls KMS as somebody, in a Region. Answers with typed output; rejects with AwsError. */
export type KmsVoice = (operation: string, input: Record<string, unknown>) => Promise<Record<string, unknown>>;

/** EC2 and EBS as KMS and its records see them (flows.md, sections 1.0 and 1.1). All count as `ec2` for kms:ViaService. */
export const forwarders = {
  frontend: (): Forwarder => ({ name: "ec2", invokedBy: "ec2-frontend-api.amazonaws.com" }),
  direct: (): Forwarder => ({ name: "ec2", invokedBy: "ebs.amazonaws.com" }),
  infrastructure: (): Forwarder => ({ name: "ec2", invokedBy: "ec2.amazonaws.com" }),
  /** The part of EBS that copies: it speaks for the caller when it makes a grant, and for itself when it uses one. */
  copier: (region: string): Forwarder => ({
    name: "ec2",
    invokedBy: `prod.kms-caller.ebs.${region}.amazonaws.com`,
    principal: grantee(region),
  }),
} as const;

/** Whom grants for snapshots and volumes name. */
export const grantee = (region: string): string => `ec2.${region}.amazonaws.com`;

/** On the caller's way, in the call's own Region. */
export const voiceOf =
  (call: Call, by: Forwarder): KmsVoice =>
  (operation, input) =>
    call.forward({ by, service: "kms", operation, input });

export const contextOf = (id: string): Record<string, string> => ({ "aws:ebs:id": id });

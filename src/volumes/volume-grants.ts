import { AwsError } from "../errors.ts";
import { contextOf, forwarders, grantee, type KmsVoice } from "./kms-voice.ts";
import type { Hands } from "./work.ts";

interface WantedGrant {
  readonly keyArn: string;
  readonly contextId: string;
  readonly region: string;
  /** The same name makes the same grant, so that work that is taken up again makes no second one. */
  readonly name: string;
}

/** The service may decrypt what is in this context, until it retires the grant. Rejects with AwsError. */
export async function grantToService(
  kms: KmsVoice,
  { keyArn, contextId, region, name }: WantedGrant,
): Promise<{ keyArn: string; grantId: string }> {
  const service = grantee(region);
  const { GrantId } = await kms("CreateGrant", {
    KeyId: keyArn,
    GranteePrincipal: service,
    RetiringPrincipal: service,
    Operations: ["Decrypt"],
    Constraints: { EncryptionContextEquals: contextOf(contextId) },
    Name: name,
  });
  return { keyArn, grantId: String(GrantId) };
}

/** What runs the instance may decrypt the volume's data key. Rejects with AwsError. */
export async function grantToInstance(
  kms: KmsVoice,
  instance: { readonly account: string; readonly instanceId: string },
  { keyArn, contextId, region, name }: WantedGrant,
): Promise<string> {
  const { GrantId } = await kms("CreateGrant", {
    KeyId: keyArn,
    GranteePrincipal: `arn:aws:sts::${instance.account}:assumed-role/aws:ec2-infrastructure/${instance.instanceId}`,
    RetiringPrincipal: grantee(region),
    Operations: ["Decrypt"],
    Constraints: { EncryptionContextSubset: contextOf(contextId) },
    Name: name,
  });
  return String(GrantId);
}

/** A grant that is gone, or whose key is, needs no retiring. */
export async function retireGrant(
  hands: Pick<Hands, "asService">,
  region: string,
  grant: { readonly keyArn: string; readonly grantId: string | undefined },
): Promise<void> {
  if (grant.grantId === undefined) return;
  const kms = hands.asService(forwarders.copier(region), region);
  try {
    await kms("RetireGrant", { KeyId: grant.keyArn, GrantId: grant.grantId });
  } catch (error) {
    if (!(error instanceof AwsError) || error.status >= 500) throw error;
  }
}

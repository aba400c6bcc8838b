import { mintUniqueId } from "../../../identity/access-keys.ts";
import { entityId, type ManagedPolicy, type PolicyName, type Tag } from "../../../identity/entities.ts";
import { iamArn } from "../../../arn.ts";
import type { Call, Operation, Outcome } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { askIam } from "../ask-iam.ts";
import { alreadyExists, deleteConflict, overLimit } from "../find-entity.ts";
import { useCounts } from "../managed-policies.ts";
import { onPolicy, ownPolicy } from "../on-policy.ts";
import { acceptDocument, policySize } from "../policy-document.ts";
import { recorded } from "../recorded.ts";
import { newTags, requestTagValues } from "../tags.ts";

export const managedMost = 6144;

interface CreateInput {
  PolicyName: string;
  PolicyDocument: string;
  Path?: string;
  Description?: string;
  Tags?: Tag[];
}

/** A document of a managed policy. Throws MalformedPolicyDocument, LimitExceeded. */
export function acceptManaged(text: string): string {
  acceptDocument(text);
  if (policySize(text) > managedMost) overLimit(`Cannot exceed quota for PolicySize: ${managedMost}`);
  return text;
}

/** Lists leave out description and tags. */
export function listedPolicy(policy: ManagedPolicy, call: Call): object {
  const { attached, bounding } = useCounts(policy.arn, call);
  return {
    PolicyName: policy.name,
    PolicyId: policy.uniqueId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: bounding,
    IsAttachable: true,
    CreateDate: policy.createdAt,
    UpdateDate: policy.updatedAt,
  };
}

const shownPolicy = (policy: ManagedPolicy, call: Call): object => ({
  ...listedPolicy(policy, call),
  ...(policy.description !== undefined && { Description: policy.description }),
  Tags: policy.tags,
});

const arnOf = ({ PolicyName, Path = "/" }: CreateInput, call: Call): string =>
  iamArn(call.caller.facts.account, `policy${Path}${PolicyName}`);

const nameRow = (account: string, name: string, call: Call): Entity<PolicyName> | undefined => {
  const id = entityId(account, name);
  call.used.push(reference.row("policy-name", id));
  return call.entities.get<PolicyName>("policy-name", id);
};

export const createPolicy: Operation<CreateInput, unknown, string> = {
  name: "CreatePolicy",
  readOnly: false,
  requestParameters: recorded,
  find: arnOf,
  resources: (arn, call) => [{ accountId: call.caller.facts.account, type: "AWS::IAM::Policy", ARN: arn }],
  asks: ({ PolicyName, Tags }, arn, call) => {
    const asks = ["CreatePolicy", ...(Tags && Tags.length > 0 ? ["TagPolicy"] : [])];
    const phrase = `on resource: policy ${PolicyName}`;
    return asks.map((name) => ({ ...askIam(name, call, arn, requestTagValues(Tags)), phrase }));
  },
  run: (input, arn, call) => {
    const { account } = call.caller.facts;
    const { PolicyName: name, Path: path = "/", Description } = input;
    if (nameRow(account, name, call))
      alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
    const text = acceptManaged(input.PolicyDocument);
    const policy: ManagedPolicy = {
      account,
      name,
      path,
      uniqueId: mintUniqueId("ANPA"),
      arn,
      createdAt: call.now,
      updatedAt: call.now,
      tags: newTags(input.Tags),
      ...(Description !== undefined && { description: Description }),
      defaultVersion: "v1",
      nextVersion: 2,
      versions: [{ id: "v1", text, createdAt: call.now }],
    };
    const changes = [
      call.entities.create("policy", arn, policy, { scope: account }),
      call.entities.create<PolicyName>("policy-name", entityId(account, name), { arn }, { scope: account }),
    ];
    const Policy = { ...listedPolicy(policy, call), ...(policy.tags.length > 0 && { Tags: policy.tags }) };
    return { answer: { Policy }, changes, responseElements: recorded({ Policy }) };
  },
};

export const getPolicy: Operation = onPolicy<object>("GetPolicy", true, (_input, policy, call) => ({
  answer: { Policy: shownPolicy(policy.content, call) },
}));

export const deletePolicy: Operation = onPolicy<object>(
  "DeletePolicy",
  false,
  (_input, found, call): Outcome<object> => {
    const policy = ownPolicy(found);
    const { arn, account, name, versions } = policy.content;
    const { attached, bounding } = useCounts(arn, call);
    if (attached + bounding > 0) deleteConflict("Cannot delete a policy attached to entities.");
    if (versions.length > 1)
      deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. " +
          "The default version is deleted with the policy.",
      );
    const named = nameRow(account, name, call);
    const changes = [call.entities.delete(policy), ...(named ? [call.entities.delete(named)] : [])];
    return { answer: {}, changes };
  },
);

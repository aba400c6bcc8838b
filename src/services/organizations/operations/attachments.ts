import { refuse } from "../../../errors.ts";
import {
  attachedTo,
  type ControlType,
  fullAccess,
  type OrganizationPolicy,
  type OrganizationTarget,
} from "../../../identity/organization.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { allTargets, targetsOf, theTarget } from "../attachments.ts";
import { findPolicy, type Managed, onOrganization, read } from "../on-organization.ts";
import { pageOfList, type Paging } from "../pages.ts";
import { awsOwn, controlType, summaryOf } from "./policies.ts";
import { shownRoot } from "./organization.ts";

/** Policies of one type on one target (AWS Organizations quotas). */
const attachedMost = 5;

interface Attachment {
  PolicyId: string;
  TargetId: string;
}

const types = Object.keys(fullAccess) as ControlType[];

/** The type of a policy that exists. Throws PolicyNotFoundException. */
const typeOf = (id: string, managed: Managed, call: Call): ControlType =>
  types.find((type) => fullAccess[type].id === id) ?? findPolicy(id, managed, call).content.type;

function enabledType(id: string, managed: Managed, call: Call): ControlType {
  const type = typeOf(id, managed, call);
  if (!managed.root.content.enabled?.includes(type))
    refuse("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.");
  return type;
}

/** The change that gives a target these policies. The policy is touched: it cannot be deleted at the same time. */
function attaching(target: Entity<OrganizationTarget>, type: ControlType, ids: string[], policyId: string, call: Call) {
  const attached = { ...target.content.attached, [type]: ids };
  const policy = read<OrganizationPolicy>("organization-policy", policyId, call);
  return [
    call.entities.put(target, { ...target.content, attached }),
    ...(policy ? [call.entities.put(policy, policy.content)] : []),
  ];
}

export const attachPolicy: Operation = onOrganization<Attachment>({
  name: "AttachPolicy",
  run: ({ PolicyId, TargetId }, managed, call) => {
    const type = enabledType(PolicyId, managed, call);
    const target = theTarget(TargetId, managed, call);
    const before = attachedTo(target.content, type);
    if (before.includes(PolicyId))
      refuse("DuplicatePolicyAttachmentException", "The selected policy is already attached to the specified target.");
    if (before.length >= attachedMost)
      refuse(
        "ConstraintViolationException",
        "You have exceeded the number of policies that can be attached to an entity.",
      );
    return { answer: {}, changes: attaching(target, type, [...before, PolicyId], PolicyId, call) };
  },
});

export const detachPolicy: Operation = onOrganization<Attachment>({
  name: "DetachPolicy",
  run: ({ PolicyId, TargetId }, managed, call) => {
    const type = enabledType(PolicyId, managed, call);
    const target = theTarget(TargetId, managed, call);
    const before = attachedTo(target.content, type);
    if (!before.includes(PolicyId))
      refuse("PolicyNotAttachedException", "The specified policy isn't attached to the specified target.");
    if (PolicyId === fullAccess.RESOURCE_CONTROL_POLICY.id)
      refuse("ConstraintViolationException", "You cannot detach the RCPFullAWSAccess policy.");
    if (before.length === 1)
      refuse(
        "ConstraintViolationException",
        "You cannot remove the last policy attached to the specified target. At least one must be attached.",
      );
    return {
      answer: {},
      changes: attaching(
        target,
        type,
        before.filter((id) => id !== PolicyId),
        PolicyId,
        call,
      ),
    };
  },
});

export const listPoliciesForTarget: Operation = onOrganization<Paging & { TargetId: string; Filter: string }>({
  name: "ListPoliciesForTarget",
  readOnly: true,
  run: (input, managed, call) => {
    const type = controlType(input.Filter);
    const target = theTarget(input.TargetId, managed, call);
    const ids = managed.root.content.enabled?.includes(type) ? attachedTo(target.content, type) : [];
    const { items, more } = pageOfList(input, ids, (id) => id);
    const shown = items.map((id) =>
      id === fullAccess[type].id ? awsOwn(type) : summaryOf(findPolicy(id, managed, call).content),
    );
    return { answer: { Policies: shown, ...more } };
  },
});

export const listTargetsForPolicy: Operation = onOrganization<Paging & { PolicyId: string }>({
  name: "ListTargetsForPolicy",
  readOnly: true,
  run: (input, managed, call) => {
    const targets = targetsOf(input.PolicyId, typeOf(input.PolicyId, managed, call), managed, call);
    const { items, more } = pageOfList(input, targets, ({ id }) => id);
    const shown = items.map(({ id, arn, name, type }) => ({ TargetId: id, Arn: arn, Name: name, Type: type }));
    return { answer: { Targets: shown, ...more } };
  },
});

interface TypeInput {
  RootId: string;
  PolicyType: string;
}

function theRoot({ RootId }: TypeInput, { root }: Managed): Entity<OrganizationTarget> {
  return root.content.id === RootId
    ? root
    : refuse("RootNotFoundException", "You specified a root that doesn't exist.");
}

export const enablePolicyType: Operation = onOrganization<TypeInput>({
  name: "EnablePolicyType",
  run: (input, managed, call) => {
    const root = theRoot(input, managed);
    const type = controlType(input.PolicyType);
    const { enabled = [] } = root.content;
    if (enabled.includes(type))
      refuse("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.");
    const content = { ...root.content, enabled: [...enabled, type] };
    return { answer: { Root: shownRoot(content) }, changes: [call.entities.put(root, content)] };
  },
});

/** Everything that was attached is detached: enabled again, the type starts with AWS's own policy everywhere. */
export const disablePolicyType: Operation = onOrganization<TypeInput>({
  name: "DisablePolicyType",
  run: (input, managed, call) => {
    const root = theRoot(input, managed);
    const type = controlType(input.PolicyType);
    const { enabled = [] } = root.content;
    if (!enabled.includes(type))
      refuse("PolicyTypeNotEnabledException", "The specified policy type isn't currently enabled in this root.");
    const without = ({ [type]: _gone, ...attached }: OrganizationTarget["attached"]) => attached;
    const cleared = allTargets(managed, call)
      .filter(({ content }) => content.attached[type] && content.id !== root.content.id)
      .map((target) => call.entities.put(target, { ...target.content, attached: without(target.content.attached) }));
    const attached = without(root.content.attached);
    const content = { ...root.content, attached, enabled: enabled.filter((one) => one !== type) };
    return { answer: { Root: shownRoot(content) }, changes: [call.entities.put(root, content), ...cleared] };
  },
});

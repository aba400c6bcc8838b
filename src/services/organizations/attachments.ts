import { refuse } from "../../errors.ts";
import { attachedTo, type ControlType, type OrganizationTarget } from "../../identity/organization.ts";
import type { Call } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { findTarget, type Managed } from "./on-organization.ts";

/** An organization is not larger here; its whole tree is read for what asks about all of it. */
const targetsMost = 10_000;

export function allTargets({ organization }: Managed, call: Call): Entity<OrganizationTarget>[] {
  const { id } = organization.content;
  call.used.push(reference.byScope("organization-target", id));
  return call.entities.listByScope<OrganizationTarget>("organization-target", id, { after: "", limit: targetsMost });
}

/** The roots, units and accounts that a policy is attached to; none while its type is not enabled. */
export function targetsOf(policyId: string, type: ControlType, managed: Managed, call: Call): OrganizationTarget[] {
  if (!managed.root.content.enabled?.includes(type)) return [];
  return allTargets(managed, call)
    .map(({ content }) => content)
    .filter((target) => attachedTo(target, type).includes(policyId));
}

/** Throws TargetNotFoundException. */
export function theTarget(id: string, managed: Managed, call: Call): Entity<OrganizationTarget> {
  const target = findTarget(id, managed, call);
  return target ?? refuse("TargetNotFoundException", "You specified a target that doesn't exist.");
}

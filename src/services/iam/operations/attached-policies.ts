import { parseArn } from "../../../arn.ts";
import type { Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { boundaryOf, boundaryValues } from "../boundary.ts";
import { type HolderKind, holderKinds, type PolicyHolder } from "../entity-kinds.ts";
import { noSuchEntity, onEntity, overLimit } from "../find-entity.ts";
import { attachable, findPolicy, linkPolicy, unlinkPolicy } from "../managed-policies.ts";
import { pageOf, type Paging } from "../pagination.ts";
import type { Values } from "../ask-iam.ts";

interface PolicyInput {
  PolicyArn: string;
}

const attachedMost = 10;

const values = ({ PolicyArn }: PolicyInput, entity: Entity<PolicyHolder> | undefined): Values => [
  ["iam:policyarn", PolicyArn],
  ...boundaryValues(boundaryOf(entity)),
];

const policyName = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** `policy/path/name` → `/path/`. */
function policyPath(arn: string): string {
  const { resource = "" } = parseArn(arn) ?? {};
  return resource.slice("policy".length, resource.lastIndexOf("/") + 1);
}

export const shownAttached = (arn: string): object => ({ PolicyName: policyName(arn), PolicyArn: arn });

/** Attach, Detach and ListAttached{User,Group,Role}Polic{y,ies}. */
function attachmentOperations(kind: HolderKind): Operation[] {
  const { word } = kind;
  const link = (arn: string, entity: string) => ({ arn, use: "attached", kind: kind.kind, entity }) as const;
  return [
    onEntity<PolicyHolder, PolicyInput>(kind, {
      name: `Attach${word}Policy`,
      values,
      run: ({ PolicyArn: arn }, { row, content, ...holder }, call) => {
        attachable(arn, call);
        const { attached } = content;
        if (attached.includes(arn)) return { answer: {} };
        if (attached.length >= attachedMost) overLimit(`Cannot exceed quota for PoliciesPer${word}: ${attachedMost}`);
        const changed = call.entities.put({ ...holder, row, content }, { ...content, attached: [...attached, arn] });
        return { answer: {}, changes: [changed, ...linkPolicy(link(arn, row.id), call)] };
      },
    }),
    onEntity<PolicyHolder, PolicyInput>(kind, {
      name: `Detach${word}Policy`,
      values,
      run: ({ PolicyArn: arn }, holder, call) => {
        const { attached } = holder.content;
        findPolicy(arn, call);
        if (!attached.includes(arn)) noSuchEntity(`Policy ${arn} was not found.`);
        const content = { ...holder.content, attached: attached.filter((one) => one !== arn) };
        return {
          answer: {},
          changes: [call.entities.put(holder, content), ...unlinkPolicy(link(arn, holder.row.id), call)],
        };
      },
    }),
    onEntity<PolicyHolder, Paging & { PathPrefix?: string }>(kind, {
      name: `ListAttached${word}Policies`,
      readOnly: true,
      run: (input, { content }, call) => {
        const { PathPrefix = "/" } = input;
        const arns = content.attached.filter((arn) => policyPath(arn).startsWith(PathPrefix));
        const { shown, more } = pageOf(`attached ${content.uniqueId}`, input, arns, call);
        return { answer: { AttachedPolicies: shown.map(shownAttached), ...more } };
      },
    }),
  ];
}

export const attachedPolicyOperations: readonly Operation[] = holderKinds.flatMap(attachmentOperations);

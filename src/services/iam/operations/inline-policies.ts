import type { Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { boundaryOf, boundaryValues } from "../boundary.ts";
import { type HolderKind, holderKinds, type PolicyHolder } from "../entity-kinds.ts";
import { noSuchEntity, onEntity, overLimit } from "../find-entity.ts";
import { pageOf, type Paging } from "../pagination.ts";
import { acceptDocument, encodedDocument, policySize } from "../policy-document.ts";

interface PolicyInput {
  PolicyName: string;
}

/** The document of that name. Policy names differ by case as well. */
function documentOf({ inline }: PolicyHolder, name: string, kind: HolderKind): string {
  if (Object.hasOwn(inline, name)) return inline[name]!;
  return noSuchEntity(`The ${kind.kind} policy with name ${name} cannot be found.`);
}

function checkSize({ inline, name }: PolicyHolder, { kind, inlineMost }: HolderKind): void {
  const size = Object.values(inline).reduce((sum, text) => sum + policySize(text), 0);
  if (size > inlineMost) overLimit(`Maximum policy size of ${inlineMost} bytes exceeded for ${kind} ${name}`);
}

const bounds = (_input: unknown, entity: Entity<PolicyHolder> | undefined) => boundaryValues(boundaryOf(entity));

/** Put, Get, List and Delete{User,Group,Role}Polic{y,ies}. */
function inlineOperations(kind: HolderKind): Operation[] {
  const { word, member } = kind;
  return [
    onEntity<PolicyHolder, PolicyInput & { PolicyDocument: string }>(kind, {
      name: `Put${word}Policy`,
      values: bounds,
      run: ({ PolicyName, PolicyDocument }, holder, call) => {
        const inline = { ...holder.content.inline, [PolicyName]: acceptDocument(PolicyDocument) };
        const content = { ...holder.content, inline };
        checkSize(content, kind);
        return { answer: {}, changes: [call.entities.put(holder, content)] };
      },
    }),
    onEntity<PolicyHolder, PolicyInput>(kind, {
      name: `Get${word}Policy`,
      readOnly: true,
      run: ({ PolicyName }, { content }) => {
        const PolicyDocument = encodedDocument(documentOf(content, PolicyName, kind));
        return { answer: { [member]: content.name, PolicyName, PolicyDocument } };
      },
    }),
    onEntity<PolicyHolder, Paging>(kind, {
      name: `List${word}Policies`,
      readOnly: true,
      run: (input, { content }, call) => {
        const names = Object.keys(content.inline).toSorted();
        const { shown, more } = pageOf(`inline ${content.uniqueId}`, input, names, call);
        return { answer: { PolicyNames: shown, ...more } };
      },
    }),
    onEntity<PolicyHolder, PolicyInput>(kind, {
      name: `Delete${word}Policy`,
      values: bounds,
      run: ({ PolicyName }, holder, call) => {
        documentOf(holder.content, PolicyName, kind);
        const { [PolicyName]: _gone, ...inline } = holder.content.inline;
        return { answer: {}, changes: [call.entities.put(holder, { ...holder.content, inline })] };
      },
    }),
  ];
}

export const inlinePolicyOperations: readonly Operation[] = holderKinds.flatMap(inlineOperations);

import type { ManagedPolicy } from "../../../identity/entities.ts";
import type { Operation } from "../../../operation.ts";
import { deleteConflict, noSuchEntity, overLimit } from "../find-entity.ts";
import { onPolicy, ownPolicy } from "../on-policy.ts";
import { pageOf, type Paging } from "../pagination.ts";
import { encodedDocument } from "../policy-document.ts";
import { recorded } from "../recorded.ts";
import { acceptManaged } from "./managed-policies.ts";

interface VersionInput {
  VersionId: string;
}

type Version = ManagedPolicy["versions"][number];

const versionsMost = 5;

export const shownVersion = ({ id, createdAt }: Version, { defaultVersion }: ManagedPolicy): object => ({
  VersionId: id,
  IsDefaultVersion: id === defaultVersion,
  CreateDate: createdAt,
});

const versionOf = ({ arn, versions }: ManagedPolicy, wanted: string): Version =>
  versions.find(({ id }) => id === wanted) ??
  noSuchEntity(`Policy ${arn} version ${wanted} does not exist or is not attachable.`);

export const createPolicyVersion: Operation = onPolicy<{ PolicyDocument: string; SetAsDefault?: boolean }>(
  "CreatePolicyVersion",
  false,
  ({ PolicyDocument, SetAsDefault = false }, found, call) => {
    const policy = ownPolicy(found);
    const text = acceptManaged(PolicyDocument);
    const { versions, nextVersion, defaultVersion } = policy.content;
    if (versions.length >= versionsMost)
      overLimit(
        `A managed policy can have up to ${versionsMost} versions. Before you create a new version, you must delete an existing version.`,
      );
    const version = { id: `v${nextVersion}`, text, createdAt: call.now };
    const content = {
      ...policy.content,
      versions: [...versions, version],
      nextVersion: nextVersion + 1,
      defaultVersion: SetAsDefault ? version.id : defaultVersion,
      updatedAt: call.now,
    };
    const answer = { PolicyVersion: shownVersion(version, content) };
    return { answer, changes: [call.entities.put(policy, content)], responseElements: recorded(answer) };
  },
);

export const getPolicyVersion: Operation = onPolicy<VersionInput>(
  "GetPolicyVersion",
  true,
  ({ VersionId }, { content }) => {
    const version = versionOf(content, VersionId);
    return {
      answer: { PolicyVersion: { Document: encodedDocument(version.text), ...shownVersion(version, content) } },
    };
  },
);

export const listPolicyVersions: Operation = onPolicy<Paging>(
  "ListPolicyVersions",
  true,
  (input, { content }, call) => {
    const { shown, more } = pageOf(`versions ${content.arn}`, input, content.versions.toReversed(), call);
    return { answer: { Versions: shown.map((version) => shownVersion(version, content)), ...more } };
  },
);

export const deletePolicyVersion: Operation = onPolicy<VersionInput>(
  "DeletePolicyVersion",
  false,
  ({ VersionId }, found, call) => {
    const policy = ownPolicy(found);
    versionOf(policy.content, VersionId);
    if (VersionId === policy.content.defaultVersion) deleteConflict("Cannot delete the default version of a policy.");
    const versions = policy.content.versions.filter(({ id }) => id !== VersionId);
    return { answer: {}, changes: [call.entities.put(policy, { ...policy.content, versions })] };
  },
);

export const setDefaultPolicyVersion: Operation = onPolicy<VersionInput>(
  "SetDefaultPolicyVersion",
  false,
  ({ VersionId }, found, call) => {
    const policy = ownPolicy(found);
    versionOf(policy.content, VersionId);
    const content = { ...policy.content, defaultVersion: VersionId, updatedAt: call.now };
    return { answer: {}, changes: [call.entities.put(policy, content)] };
  },
);

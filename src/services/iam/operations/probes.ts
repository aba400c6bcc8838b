import type { Operation } from "../../../operation.ts";
import { iamArn } from "../../../arn.ts";
import { askIam } from "../ask-iam.ts";
import { noSuchEntity } from "../find-entity.ts";
import { askOwner, findOwner, type Owner } from "../key-owner.ts";
import { recorded } from "../recorded.ts";

/**
 * Kinds of credentials that there are none of here. Tools look for them before they delete a user: an empty list is
 * the truth, and all they need.
 */
const emptyLists = [
  ["ListMFADevices", "MFADevices"],
  ["ListSSHPublicKeys", "SSHPublicKeys"],
  ["ListSigningCertificates", "Certificates"],
  ["ListServiceSpecificCredentials", "ServiceSpecificCredentials"],
] as const;

function ofOwner(name: string, readOnly: boolean, answer: (userName: string) => object): Operation {
  return {
    name,
    readOnly,
    requestParameters: recorded,
    find: ({ UserName }: { UserName?: string }, call) => findOwner(UserName, call),
    asks: (_input, owner: Owner, call) => [askOwner(name, owner, call)],
    run: (_input, owner: Owner) => {
      owner.presentRowId();
      return { answer: answer(owner.found?.name ?? "root") };
    },
  };
}

const noLoginProfile = (name: string): never => noSuchEntity(`Login Profile for User ${name} cannot be found.`);

const listVirtualMfaDevices: Operation = {
  name: "ListVirtualMFADevices",
  readOnly: true,
  requestParameters: recorded,
  find: () => undefined,
  asks: (_input, _found, call) => [askIam("ListVirtualMFADevices", call, iamArn(call.caller.facts.account, "mfa/"))],
  run: () => ({ answer: { VirtualMFADevices: [], IsTruncated: false } }),
};

export const probes: readonly Operation[] = [
  ...emptyLists.map(([name, member]) => ofOwner(name, true, () => ({ [member]: [], IsTruncated: false }))),
  listVirtualMfaDevices,
  ofOwner("GetLoginProfile", true, noLoginProfile),
  ofOwner("DeleteLoginProfile", false, noLoginProfile),
];

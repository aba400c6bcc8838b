import type { Organization, OrganizationTarget } from "../../../identity/organization.ts";
import { membershipOf } from "../../../identity/organization.ts";
import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import type { Image } from "../../../volumes/image.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { imageKind } from "../resource-kinds.ts";

/** As whom an account is meant by launch permissions: its number, everybody, its organization and the units it is in. */
export function launcherNames(account: string, { entities, used }: Call): string[] {
  const member = membershipOf(account, { entities, used });
  if (!member) return [account, "all"];
  const organization = entities.get<Organization>("organization", member.organizationId)?.content.arn;
  const units = member.path
    .split("/")
    .filter((id) => id.startsWith("ou-"))
    .map((id) => entities.get<OrganizationTarget>("organization-target", id)?.content.arn);
  return [account, "all", ...[organization, ...units].filter((arn) => arn !== undefined)];
}

export function mayLaunch({ account, launchers }: Image, call: Call): boolean {
  const own = call.caller.facts.account;
  if (account === own || launchers.length === 0) return account === own;
  const names = new Set(launcherNames(own, call));
  return launchers.some((who) => names.has(who));
}

/** An image of anybody's: AWS says that it is there, and not more (see `ownImage`). Throws InvalidAMIID.Malformed. */
export const findImage = (imageId: string, call: Call, region?: string): FoundResource<Image> =>
  findResource<Image>(imageKind, imageId, call, () => true, region);

/** One that the caller may launch or copy now. Throws InvalidAMIID.NotFound, AuthFailure, InvalidAMIID.Unavailable. */
export function launchable(found: FoundResource<Image>, call: Call): Entity<Image> {
  const image = present(found);
  if (!mayLaunch(image.content, call)) refuse("AuthFailure", `Not authorized for images: [${found.id}]`, 403);
  if (image.content.state !== "available")
    refuse("InvalidAMIID.Unavailable", `The image ID '${found.id}' is not available`);
  return image;
}

/** Throws InvalidAMIID.NotFound, and AuthFailure for what is another account's. */
export function ownImage(found: FoundResource<Image>, call: Call): Entity<Image> {
  const image = present(found);
  if (image.content.account !== call.caller.facts.account)
    refuse("AuthFailure", `Not authorized for image:${found.id}`, 403);
  return image;
}

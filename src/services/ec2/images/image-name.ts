import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import { reference } from "../../../store/store.ts";
import type { Image } from "../../../volumes/image.ts";

/** The list that all images of a name stand in: an account has one in a Region. */
export const nameList = (account: string, region: string, name: string): string => `${account}/${region}/${name}`;

export function checkImageName(name: string): void {
  if (!/^[A-Za-z0-9()[\] ./'@_-]{3,128}$/.test(name))
    refuse(
      "InvalidAMIName.Malformed",
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
    );
}

/** Throws InvalidAMIName.Duplicate. The name stays free only if nobody takes it before this call is committed. */
export function nameIsFree(name: string, { caller, region, used, entities }: Call): void {
  const parent = nameList(caller.facts.account, region, name);
  used.push(reference.byParent("image", parent));
  const [other] = entities.listByParent<Image>("image", parent, { after: "", limit: 1 });
  if (other) refuse("InvalidAMIName.Duplicate", `AMI name ${name} is already in use by AMI ${other.content.imageId}`);
}

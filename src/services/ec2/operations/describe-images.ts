import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { type Image, imageRowId } from "../../../volumes/image.ts";
import { askAll } from "../ask-ec2.ts";
import { compileFilters, type Filter } from "../filters.ts";
import { launcherNames, mayLaunch } from "../images/find-image.ts";
import { type ListedImage, ownImages, sharedImages } from "../images/lists.ts";
import { imageFields, showImage } from "../images/show-image.ts";
import { checkPaging, pageOfRows, type Paging } from "../paging.ts";
import { recordedFilters, recordedItems } from "../recorded.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { checkId, imageKind, notFound } from "../resource-kinds.ts";

interface Input extends Paging {
  ImageIds?: string[];
  Owners?: string[];
  ExecutableUsers?: string[];
  IncludeDisabled?: boolean;
  Filters?: Filter[];
}

export const describeImages: Operation<Input, unknown, void> = {
  name: "DescribeImages",
  readOnly: true,
  requestParameters: ({ ImageIds, Owners, ExecutableUsers, Filters }) => ({
    executableBySet: recordedItems("user", ExecutableUsers),
    imagesSet: recordedItems("imageId", ImageIds),
    ownersSet: recordedItems("owner", Owners),
    ...recordedFilters(Filters),
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeImages", call)],
  run: (input, _found, call) => {
    checkPaging(input, input.ImageIds, "imagesSet");
    const passes = compileFilters(input.Filters, imageFields);
    const wanted = wantedBy(input, call);
    const passing = (image: Image) => wanted(image) && passes(image);
    const { ImageIds = [] } = input;
    if (ImageIds.length > 0) {
      const named = namedImages(ImageIds, call).filter(({ content }) => passing(content));
      return { answer: { Images: named.map(({ content }) => showImage(content)) } };
    }
    const names = launcherNames(call.caller.facts.account, call);
    const keep = ({ content: { image, as } }: Entity<ListedImage>) =>
      // An image that several lists name stands in the first of them.
      as === firstOf(image, names, call) && isListed(image, input) && passing(image) ? showImage(image) : undefined;
    const parts = [ownImages(call), ...names.map((who) => sharedImages(who, call))];
    const { shown, more } = pageOfRows({ name: "imagesSet", parts, keep }, input, call);
    return { answer: { Images: shown, ...more } };
  },
};

const isListed = ({ state }: Image, { IncludeDisabled = false }: Input): boolean =>
  state !== "disabled" || IncludeDisabled;

const firstOf = ({ account, launchers }: Image, names: readonly string[], { caller }: Call): string | undefined =>
  account === caller.facts.account ? "self" : names.find((who) => launchers.includes(who));

/** Another account's image that is not shared is left out, and not denied (flows.md, section 1.3). */
function namedImages(ids: readonly string[], call: Call): Entity<Image>[] {
  const unique = [...new Set(ids)];
  if (unique.length > 1000) invalidValue("At most 1000 images can be named at once.");
  for (const id of unique) checkId(imageKind, id);
  const found = unique.map((id) => {
    call.used.push(reference.row("image", imageRowId(call.region, id)));
    return call.entities.get<Image>("image", imageRowId(call.region, id));
  });
  const missing = unique.filter((_id, index) => !found[index]);
  if (missing.length > 0) throw notFound(imageKind, ...missing);
  return found.filter((image) => image !== undefined).filter(({ content }) => mayLaunch(content, call));
}

/** Owner.N and ExecutableBy.N. Throws InvalidParameterValue for what names nobody. */
function wantedBy({ Owners = [], ExecutableUsers = [] }: Input, call: Call): (image: Image) => boolean {
  const own = call.caller.facts.account;
  const owners = new Set(Owners.map((owner) => (owner === "self" ? own : owner)));
  for (const owner of owners)
    if (!/^\d{12}$/.test(owner) && !ownerAliases.has(owner)) invalidValue(`invalid owner: ${owner.slice(0, 64)}`);
  const users = ExecutableUsers.map((user) => (user === "self" ? own : user));
  for (const user of users)
    if (!/^\d{12}$/.test(user) && user !== "all") invalidValue(`invalid executableBy: ${user.slice(0, 64)}`);
  return ({ account, launchers }) =>
    (owners.size === 0 || owners.has(account)) &&
    (users.length === 0 || users.some((user) => launchers.includes(user)));
}

/** Nobody by these names has images here. */
const ownerAliases = new Set(["amazon", "aws-marketplace", "aws-backup-vault"]);

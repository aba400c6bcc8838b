import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import type { LaunchedInstance } from "../../../volumes/instance.ts";
import { type FoundResource, findResource } from "../find-resource.ts";
import { missingParameter } from "../refuse-ec2.ts";
import { instanceKind, notFound } from "../resource-kinds.ts";

export type FoundInstance = FoundResource<LaunchedInstance>;

const idsMost = 1000;

/** Each once. Throws MissingParameter, Malformed. */
export function findInstances(ids: readonly string[] | undefined, call: Call): FoundInstance[] {
  const unique = [...new Set(ids ?? [])];
  if (unique.length === 0) missingParameter("InstanceId");
  if (unique.length > idsMost) refuse("InvalidParameterValue", `At most ${idsMost} instances can be named at once.`);
  return unique.map((id) => findResource(instanceKind, id, call));
}

/** All of them, or InvalidInstanceID.NotFound with those that are not there. */
export function presentInstances(found: readonly FoundInstance[]): Entity<LaunchedInstance>[] {
  const missing = found.filter(({ entity }) => !entity).map(({ id }) => id);
  if (missing.length > 0) throw notFound(instanceKind, ...missing);
  return found.map(({ entity }) => entity!);
}

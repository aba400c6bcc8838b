import type { Call } from "../operation.ts";
import type { Change, Entities } from "../store/entities.ts";
import { reference } from "../store/store.ts";
import type { LayerUse } from "./entities.ts";

const usesMost = 10_000;

const useId = (layer: string, owner: string): string => `${layer}/${owner}`;

/** The owner (a volume's or snapshot's row id) needs these layers from now on. */
export function useLayers(entities: Entities, layers: readonly string[], owner: string): Change[] {
  const content: LayerUse = { owner };
  return layers.map((layer) =>
    entities.create("layer-use", useId(layer, owner), content, { scope: "", parent: layer }),
  );
}

/**
 * The owner is going. Layers that nobody else needs are due to be removed: kind "layer-garbage", id = the layer. A
 * layer that is taken up again in the meantime is found needed when its turn comes. `taken`: those that somebody takes
 * up in the same commit.
 */
export function leaveLayers(
  { entities, used, now }: Pick<Call, "entities" | "used" | "now">,
  layers: readonly string[],
  owner: string,
  taken: ReadonlySet<string> = new Set(),
): Change[] {
  return layers.flatMap((layer) => {
    used.push(reference.byParent("layer-use", layer));
    const uses = entities.listByParent<LayerUse>("layer-use", layer, { after: "", limit: usesMost });
    const own = uses.filter(({ content }) => content.owner === owner).map((use) => entities.delete(use));
    if (uses.length > own.length || own.length === 0 || taken.has(layer)) return own;
    return [...own, entities.create("layer-garbage", layer, {}, { scope: "", due: now })];
  });
}

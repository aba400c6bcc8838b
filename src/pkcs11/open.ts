import type { Clusters } from "./clusters.ts";

export const openClusters = (): Clusters => ({ find: () => undefined, close: () => {} });

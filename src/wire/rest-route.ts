/** Where an operation of a REST protocol is called. */
export interface Route {
  readonly operation: string;
  readonly method: string;
  readonly status: number;
  readonly segments: readonly string[];
  /** Values of `{Label}`s, decoded. */
  labels(target: string): Map<string, string>;
}

export function routeOf(operation: string, [method, path, status]: readonly [string, string, number]): Route {
  const segments = segmentsOf(path);
  const labels = (target: string) => {
    const given = segmentsOf(target);
    return new Map(
      segments.flatMap((segment, index): [string, string][] =>
        segment.startsWith("{") ? [[segment.slice(1, -1), decoded(given[index] ?? "")]] : [],
      ),
    );
  };
  return { operation, method, status, segments, labels };
}

export function pathMatches({ segments }: Route, target: string): boolean {
  const given = segmentsOf(target);
  return (
    given.length === segments.length &&
    segments.every((segment, index) => (segment.startsWith("{") ? given[index] !== "" : segment === given[index]))
  );
}

const segmentsOf = (target: string): string[] => (target.split("?", 1)[0] ?? "").split("/").slice(1);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

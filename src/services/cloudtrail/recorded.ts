/** CloudTrail's requestParameters and responseElements: members with small first letters, all the way down. */
export function recorded(value: object): object | null {
  return Object.keys(value).length === 0 ? null : (lowered(value) as object);
}

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [(name[0] ?? "").toLowerCase() + name.slice(1), lowered(member)]),
  );
}

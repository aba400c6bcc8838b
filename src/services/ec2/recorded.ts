import type { Filter } from "./filters.ts";

/** Lists as EC2's records write them. */
export const recordedItems = (name: string, values: readonly string[] | undefined): object => ({
  items: (values ?? []).map((value) => ({ [name]: value })),
});

/** `filterSet` of a record's requestParameters. */
export const recordedFilters = (filters: readonly Filter[] | undefined): object => ({
  filterSet: {
    ...(filters && {
      items: filters.map(({ Name, Values }) => ({ name: Name, valueSet: recordedItems("value", Values) })),
    }),
  },
});

import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askIam } from "../ask-key.ts";
import { findStore, ownStores, unknownStore } from "../key-stores/find-store.ts";
import { describedStore } from "../key-stores/records.ts";
import { afterMarker, page } from "../pagination.ts";

interface Input {
  CustomKeyStoreId?: string;
  CustomKeyStoreName?: string;
  Limit?: number;
  Marker?: string;
}

export const describeCustomKeyStores: Operation<Input, unknown, undefined> = {
  name: "DescribeCustomKeyStores",
  readOnly: true,
  requestParameters: (input) => ({
    ...(input.CustomKeyStoreId !== undefined && { customKeyStoreId: input.CustomKeyStoreId }),
    ...(input.CustomKeyStoreName !== undefined && { customKeyStoreName: input.CustomKeyStoreName }),
    ...(input.Limit !== undefined && { limit: input.Limit }),
    ...(input.Marker !== undefined && { marker: input.Marker }),
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askIam("DescribeCustomKeyStores", call)],
  run: (input, _found, call) => {
    const { CustomKeyStoreId: id, CustomKeyStoreName: name, Limit: limit = 100 } = input;
    if (id !== undefined && name !== undefined)
      refuse("ValidationException", "Specify either CustomKeyStoreId or CustomKeyStoreName, not both.");
    const after = afterMarker("custom-key-stores", input.Marker, call);
    const stores = id === undefined ? ownStores(call) : [findStore(id, call)];
    const named = name === undefined ? stores : stores.filter(({ content }) => content.name === name);
    if (name !== undefined && named.length === 0) unknownStore(`name '${name}'`);
    const rest = named.filter(({ row }) => row.id > after);
    const { shown, more } = page(rest, limit, ({ row }) => row.id, "custom-key-stores", call);
    return { answer: { CustomKeyStores: shown.map(({ content }) => describedStore(content)), ...more } };
  },
};

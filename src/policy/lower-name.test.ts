import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerName } from "./lower-name.ts";

test("capitals become small letters, look-alikes stay what they are", () => {
  for (const [name, lower] of [
    ["aws:PrincipalTag/Team", "aws:principaltag/team"],
    ["GRÖSSE", "grösse"],
    ["größe", "größe"],
    ["ТИП", "тип"],
    ["\u212Aey", "\u212Aey"],
    ["\u212Bngstrom", "\u212Bngstrom"],
    ["\u0130d", "\u0130d"],
    ["𐐀", "𐐨"],
    ["", ""],
  ] as const)
    assert.equal(lowerName(name), lower);
});

import assert from "node:assert/strict";

/** For `assert.rejects`: AWS's error of that name, with that text. */
export const refused = (name: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error, String(error));
  assert.equal(error.name, name, error.message);
  if (message) assert.match(error.message, message);
  return true;
};

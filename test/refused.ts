import assert from "node:assert/strict";
import { AwsError } from "../src/errors.ts";

/** For `assert.rejects`: AWS's error of that name, with that text. */
export const refused = (name: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error, String(error));
  assert.equal(error instanceof AwsError ? error.code : error.name, name, error.message);
  if (message) assert.match(error.message, message);
  return true;
};

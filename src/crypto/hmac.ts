import { createHmac } from "node:crypto";
import type { Authentication } from "./algorithms.ts";

export const hmac = (hash: "sha224" | "sha256" | "sha384" | "sha512"): Authentication => ({
  mac: (secret, message) => createHmac(hash, secret).update(message).digest(),
});

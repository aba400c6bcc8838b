import { randomInt } from "node:crypto";

const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

/** `count` characters as AWS's ids have them. */
export const randomText = (count: number): string =>
  Array.from({ length: count }, () => letters[randomInt(letters.length)]).join("");

/** Twelve digits, the first of them not 0. */
export const randomAccount = (): string => String(randomInt(100_000_000_000, 1_000_000_000_000));

import { randomBytes } from "node:crypto";

/** `vol-`, `snap-` … and 17 hexadecimal digits, as EC2 names its things. */
export const newId = (prefix: "vol" | "snap" | "ami" | "i" | "r" | "dek"): string =>
  `${prefix}-0${randomBytes(8).toString("hex")}`;

export const newLayerId = (): string => randomBytes(16).toString("hex");

import { dlopen } from "node:ffi";
import type { TokenReason } from "./clusters.ts";

/** The functions of PKCS#11 that are used here. Pointers are passed as the numbers they are. */
const definitions = {
  C_Initialize: { return: "u64", arguments: ["u64"] },
  C_GetSlotList: { return: "u64", arguments: ["u8", "u64", "u64"] },
  C_GetTokenInfo: { return: "u64", arguments: ["u64", "u64"] },
  C_OpenSession: { return: "u64", arguments: ["u64", "u64", "u64", "u64", "u64"] },
  C_Login: { return: "u64", arguments: ["u64", "u64", "u64", "u64"] },
  C_GenerateKey: { return: "u64", arguments: ["u64", "u64", "u64", "u64", "u64"] },
  C_DestroyObject: { return: "u64", arguments: ["u64", "u64"] },
  C_FindObjectsInit: { return: "u64", arguments: ["u64", "u64", "u64"] },
  C_FindObjects: { return: "u64", arguments: ["u64", "u64", "u64", "u64"] },
  C_FindObjectsFinal: { return: "u64", arguments: ["u64"] },
  C_EncryptInit: { return: "u64", arguments: ["u64", "u64", "u64"] },
  C_Encrypt: { return: "u64", arguments: ["u64", "u64", "u64", "u64", "u64"] },
  C_DecryptInit: { return: "u64", arguments: ["u64", "u64", "u64"] },
  C_Decrypt: { return: "u64", arguments: ["u64", "u64", "u64", "u64", "u64"] },
  C_GenerateRandom: { return: "u64", arguments: ["u64", "u64", "u64"] },
} as const;

type Name = keyof typeof definitions;

/** A return value other than CKR_OK. */
export class TokenError extends Error {
  readonly code: number;
  readonly reason: TokenReason;
  constructor(name: string, code: number) {
    super(`${name} answers 0x${code.toString(16)}`);
    this.name = "TokenError";
    this.code = code;
    this.reason = reasons[code] ?? "failed";
  }
}

const reasons: Readonly<Record<number, TokenReason>> = {
  0xa0: "incorrect pin",
  0xa1: "incorrect pin",
  0xa2: "incorrect pin",
  0xa4: "locked pin",
  0xe0: "no token",
  0xe1: "no token",
  0x102: "no user",
};

/** CKR_ALREADY_LOGGED_IN and CKR_CRYPTOKI_ALREADY_INITIALIZED: what was wanted is so. */
export const alreadyLoggedIn = 0x100;
export const alreadyInitialized = 0x191;

export type Call = (name: Name, ...parameters: readonly (bigint | number)[]) => void;

/** A loaded module. Every call throws TokenError for what is not CKR_OK. */
export function loadModule(path: string): Call {
  const { functions } = dlopen(path, definitions);
  return (name, ...parameters) => {
    const types = definitions[name].arguments;
    const given = parameters.map((value, index) => (types[index] === "u8" ? Number(value) : BigInt(value)));
    const code = Number((functions[name] as (...values: (bigint | number)[]) => bigint)(...given));
    if (code !== 0) throw new TokenError(name, code);
  };
}

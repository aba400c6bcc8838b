/** Numbers of the PKCS#11 specification, by the names it gives them without their prefixes. */
export const user = 1;
export const sessionSerialRw = 6;
export const secretKey = 4;
export const aes = 0x1f;
export const aesKeyGen = 0x1080;
export const aesGcm = 0x1087;
type AttributeName =
  | "class"
  | "token"
  | "private"
  | "label"
  | "keyType"
  | "id"
  | "sensitive"
  | "encrypt"
  | "decrypt"
  | "wrap"
  | "unwrap"
  | "valueLength"
  | "extractable"
  | "modifiable";

export const attribute: Readonly<Record<AttributeName, number>> = {
  class: 0x0,
  token: 0x1,
  private: 0x2,
  label: 0x3,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  wrap: 0x106,
  unwrap: 0x107,
  valueLength: 0x161,
  extractable: 0x162,
  modifiable: 0x170,
};

import { alreadyInitialized, alreadyLoggedIn, type Call, loadModule, TokenError } from "./cryptoki.ts";
import { aes, aesGcm, aesKeyGen, attribute, secretKey, sessionSerialRw, user } from "./constants.ts";
import { Arena, type Piece, wordAt } from "./memory.ts";

const slotsMost = 64;
const tokenInfoBytes = 256;
/** CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_AEAD_DECRYPT_FAILED; some say CKR_GENERAL_ERROR. */
const notDecrypted = new Set([0x40, 0x41, 0x42, 0x5]);

type Value = Uint8Array | number | boolean;

/** One logged-in session with a token, in a process of its own. Keys are named by 16 bytes (CKA_ID). */
export class Token {
  readonly #call: Call;
  readonly #arena = new Arena();
  readonly #session: bigint;
  readonly #handles = new Map<string, bigint>();

  /** Throws TokenError, and Error for a module that cannot be loaded or has no such token. */
  constructor(modulePath: string, label: string, pin: string) {
    this.#call = loadModule(modulePath);
    this.#tolerating(alreadyInitialized, () => this.#call("C_Initialize", 0n));
    const slot = this.#slotOf(label);
    this.#session = this.#wiped(() => {
      const handle = this.#arena.words(0);
      this.#call("C_OpenSession", slot, sessionSerialRw, 0n, 0n, handle.address);
      return wordAt(handle);
    });
    this.#wiped(() => {
      const secret = this.#arena.put(Buffer.from(pin));
      const login = () => this.#call("C_Login", this.#session, user, secret.address, secret.bytes.length);
      this.#tolerating(alreadyLoggedIn, login);
    });
  }

  generateKey(id: Buffer): void {
    this.#wiped(() => {
      const template = this.#template([
        [attribute.class, secretKey],
        [attribute.keyType, aes],
        [attribute.valueLength, 32],
        [attribute.id, id],
        [attribute.label, Buffer.from(`claviger ${id.toString("hex")}`)],
        [attribute.token, true],
        [attribute.private, true],
        [attribute.sensitive, true],
        [attribute.extractable, false],
        [attribute.encrypt, true],
        [attribute.decrypt, true],
        [attribute.wrap, false],
        [attribute.unwrap, false],
        [attribute.modifiable, false],
      ]);
      const handle = this.#arena.words(0);
      const mechanism = this.#arena.words(aesKeyGen, 0, 0);
      this.#call("C_GenerateKey", this.#session, mechanism.address, ...template, handle.address);
    });
  }

  destroyKey(id: Buffer): void {
    const handle = this.#find(id);
    this.#handles.delete(id.toString("hex"));
    if (handle !== undefined) this.#call("C_DestroyObject", this.#session, handle);
  }

  /** Ciphertext ‖ 16-byte tag; undefined when there is no such key. */
  encrypt(id: Buffer, iv: Buffer, associated: Buffer, message: Buffer): Buffer | undefined {
    return this.#once("C_EncryptInit", "C_Encrypt", id, iv, associated, message, 16);
  }

  /** Undefined when there is no such key; "invalid" when it did not encrypt this. */
  decrypt(id: Buffer, iv: Buffer, associated: Buffer, sealed: Buffer): Buffer | "invalid" | undefined {
    try {
      return this.#once("C_DecryptInit", "C_Decrypt", id, iv, associated, sealed, 0);
    } catch (error) {
      if (error instanceof TokenError && notDecrypted.has(error.code) && error.message.startsWith("C_Decrypt "))
        return "invalid";
      throw error;
    }
  }

  random(count: number): Buffer {
    return this.#wiped(() => {
      const piece = this.#arena.take(count);
      this.#call("C_GenerateRandom", this.#session, piece.address, count);
      return Buffer.from(piece.bytes);
    });
  }

  #once(
    init: "C_EncryptInit" | "C_DecryptInit",
    run: "C_Encrypt" | "C_Decrypt",
    id: Buffer,
    iv: Buffer,
    associated: Buffer,
    input: Buffer,
    growth: number,
  ): Buffer | undefined {
    const handle = this.#find(id);
    if (handle === undefined) return undefined;
    return this.#wiped(() => {
      const [vector, data, text] = [this.#arena.put(iv), this.#arena.put(associated), this.#arena.put(input)];
      const parameters = this.#arena.words(
        vector.address,
        iv.length,
        iv.length * 8,
        data.address,
        associated.length,
        128,
      );
      const mechanism = this.#arena.words(aesGcm, parameters.address, parameters.bytes.length);
      this.#call(init, this.#session, mechanism.address, handle);
      const output = this.#arena.take(input.length + growth);
      const length = this.#arena.words(output.bytes.length);
      this.#call(run, this.#session, text.address, input.length, output.address, length.address);
      return Buffer.from(output.bytes.subarray(0, Number(wordAt(length))));
    });
  }

  /** The key of that id; undefined for none. Two of one id are not told apart, so that neither is used. */
  #find(id: Buffer): bigint | undefined {
    const name = id.toString("hex");
    const known = this.#handles.get(name);
    if (known !== undefined) return known;
    return this.#wiped(() => {
      const template = this.#template([
        [attribute.class, secretKey],
        [attribute.id, id],
      ]);
      this.#call("C_FindObjectsInit", this.#session, ...template);
      const found = this.#arena.words(0, 0);
      const count = this.#arena.words(0);
      this.#call("C_FindObjects", this.#session, found.address, 2, count.address);
      this.#call("C_FindObjectsFinal", this.#session);
      if (wordAt(count) !== 1n) return undefined;
      this.#handles.set(name, wordAt(found));
      return wordAt(found);
    });
  }

  #slotOf(label: string): bigint {
    return this.#wiped(() => {
      const slots = this.#arena.take(slotsMost * 8);
      const count = this.#arena.words(slotsMost);
      this.#call("C_GetSlotList", 1, slots.address, count.address);
      const wanted = Buffer.alloc(32, " ");
      wanted.write(label);
      for (let index = 0; index < Number(wordAt(count)); index++) {
        const information = this.#arena.take(tokenInfoBytes);
        this.#call("C_GetTokenInfo", wordAt(slots, index), information.address);
        if (information.bytes.subarray(0, 32).equals(wanted)) return wordAt(slots, index);
      }
      throw new Error("no token has this label");
    });
  }

  /** A template's address and its number of attributes. */
  #template(attributes: readonly (readonly [type: number, value: Value])[]): [bigint, number] {
    const words = attributes.flatMap(([type, value]): (bigint | number)[] => {
      const piece = this.#valued(value);
      return [type, piece.address, piece.bytes.length];
    });
    return [this.#arena.words(...words).address, attributes.length];
  }

  #valued(value: Value): Piece {
    if (typeof value === "number") return this.#arena.words(value);
    return this.#arena.put(typeof value === "boolean" ? Buffer.of(value ? 1 : 0) : value);
  }

  #tolerating(code: number, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof TokenError) || error.code !== code) throw error;
    }
  }

  #wiped<T>(act: () => T): T {
    try {
      return act();
    } finally {
      this.#arena.wipe();
    }
  }
}

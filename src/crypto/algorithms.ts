/**
 * What algorithms do, over bytes alone. Public keys are DER SubjectPublicKeyInfo, private keys DER PKCS#8, secrets raw
 * bytes. Every function may be asked of a worker thread (crypto/pool.ts), so that what it takes and answers can be
 * posted.
 */
export type Bytes = Uint8Array;
type Soon<T> = T | Promise<T>;

/** How the message of a signature is given (kms.md, section 2). */
export type MessageType = "RAW" | "DIGEST" | "EXTERNAL_MU";

export interface KeyPair {
  readonly privateKey: Bytes;
  readonly publicKey: Bytes;
}

/** Makes key pairs of one kind. */
export interface Pairs {
  generate(): Soon<KeyPair>;
  /** The public key of a private key; undefined when the bytes are no private key of this kind. */
  publicKeyOf(privateKey: Bytes): Soon<Bytes | undefined>;
  /**
   * The pair of a private key that somebody else has encoded, in the one form that OpenSSL writes: the same key has the
   * same bytes. Undefined for what is no sound private key of this kind. The time it takes is bounded.
   */
  read(privateKey: Bytes): Soon<KeyPair | undefined>;
}

/** Encryption under a material with an encryption context: crypto/symmetric.ts does it. */
export interface ContextEncryption {
  readonly context: true;
  /** Bytes of plaintext. */
  readonly most: number;
}

export interface PublicKeyEncryption {
  readonly context: false;
  /** Bytes of plaintext. */
  readonly most: number;
  encrypt(publicKey: Bytes, message: Bytes): Soon<Bytes>;
  /** Undefined for a ciphertext that was not made under this key. */
  decrypt(privateKey: Bytes, ciphertext: Bytes): Soon<Bytes | undefined>;
}

export interface Signing {
  /** The types of message it takes, and the bytes that each must have: null where any length will do. */
  readonly messages: Readonly<Partial<Record<MessageType, number | null>>>;
  sign(privateKey: Bytes, message: Bytes, type: MessageType): Soon<Bytes>;
  verify(publicKey: Bytes, message: Bytes, type: MessageType, signature: Bytes): Soon<boolean>;
}

export interface Authentication {
  mac(secret: Bytes, message: Bytes): Bytes;
}

export interface Agreement {
  /** The raw shared secret; undefined when the peer's key is not a key of the same curve. */
  derive(privateKey: Bytes, peerPublicKey: Bytes): Soon<Bytes | undefined>;
}

export interface Encapsulation {
  readonly ciphertextBytes: number;
  encapsulate(publicKey: Bytes): Soon<{ sharedSecret: Bytes; ciphertext: Bytes }>;
  /** Implicit rejection: a ciphertext of the right length that was not made under this key gives a random secret. */
  decapsulate(privateKey: Bytes, ciphertext: Bytes): Soon<Bytes>;
}

/** What a key may be used for, and the algorithms of each usage by AWS's names, in the order AWS lists them. */
export interface Usages {
  readonly ENCRYPT_DECRYPT?: Readonly<Record<string, ContextEncryption | PublicKeyEncryption>>;
  readonly SIGN_VERIFY?: Readonly<Record<string, Signing>>;
  readonly GENERATE_VERIFY_MAC?: Readonly<Record<string, Authentication>>;
  readonly KEY_AGREEMENT?: Readonly<Record<string, Agreement>>;
  readonly ENCAPSULATE_DECAPSULATE?: Readonly<Record<string, Encapsulation>>;
}

export type Usage = keyof Usages;
export type AlgorithmOf<U extends Usage> = NonNullable<Usages[U]>[string];

interface Spec {
  readonly usages: Usages;
}

/** Raw bytes of a fixed length, used on the main thread. */
export interface SecretSpec extends Spec {
  readonly material: "symmetric" | "mac";
  readonly bytes: number;
}

/** A private key, used on worker threads, and its public key. */
export interface PairSpec extends Spec {
  readonly material: "pair";
  readonly pairs: Pairs;
}

export type KeySpec = SecretSpec | PairSpec;

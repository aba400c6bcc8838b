/** What a seed file asks for; docs/seed.md shows one. `path` is where it stands in the file. */
export interface Seed {
  readonly file: string;
  readonly accounts: readonly SeedAccount[];
}

interface Placed {
  readonly path: string;
}

export interface SeedAccount extends Placed {
  readonly id: string;
  readonly name: string;
  /** Root's. */
  readonly accessKeys: readonly SeedAccessKey[];
  readonly policies: readonly SeedPolicy[];
  readonly users: readonly SeedPrincipal[];
  readonly roles: readonly SeedRole[];
  readonly keys: readonly SeedKey[];
}

export interface SeedAccessKey extends Placed {
  readonly id: string;
  readonly secret: string;
}

export interface SeedPolicy extends Placed {
  readonly name: string;
  readonly document: string;
}

export interface SeedPrincipal extends Placed {
  readonly name: string;
  readonly tags: readonly SeedTag[];
  readonly inline: readonly SeedPolicy[];
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
  readonly accessKeys: readonly SeedAccessKey[];
}

export interface SeedRole extends SeedPrincipal {
  readonly trust: string;
}

export interface SeedTag {
  readonly key: string;
  readonly value: string;
}

export interface SeedKey extends Placed {
  readonly id: string;
  readonly region: string;
  readonly spec: string;
  readonly usage: string | undefined;
  /** Raw bytes, or a PKCS#8 private key; undefined: made anew. */
  readonly material: Buffer | undefined;
  readonly publicKey: Buffer | undefined;
  readonly description: string;
  readonly enabled: boolean;
  readonly tags: readonly SeedTag[];
  readonly policy: string | undefined;
  readonly aliases: readonly string[];
}

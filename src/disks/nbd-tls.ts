import { timingSafeEqual } from "node:crypto";
import type { Duplex } from "node:stream";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";

/** A key for one attachment: what `qemu-img --object tls-creds-psk` and nbdkit call username and key. */
export interface PskIdentity {
  readonly name: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface PskContext {
  readonly identity: PskIdentity;
  readonly context: SecureContext;
}

/** TLS 1.2 with a pre-shared key: what NBD clients speak, and what Node serves. */
export function pskContext(identity: PskIdentity): PskContext {
  const ciphers = "ECDHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES256-GCM-SHA384:PSK-AES256-GCM-SHA384";
  return { identity, context: createSecureContext({ ciphers, minVersion: "TLSv1.2", maxVersion: "TLSv1.2" }) };
}

export function secure(plain: Duplex, { identity, context }: PskContext): Duplex {
  return new TLSSocket(plain, {
    isServer: true,
    secureContext: context,
    pskCallback: (_socket: unknown, name: string) => (sameText(name, identity.name) ? identity.key : null),
  } as never);
}

function sameText(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

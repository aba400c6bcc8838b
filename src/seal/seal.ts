import type { Decision } from "../policy/decision.ts";
import type { RowProtection } from "../store/entities.ts";

/** Where a wrapped secret stands: bound into it, so that a swapped row does not open. */
export interface Place {
  readonly kind: string;
  readonly id: string;
}

/** The root key at work. The key itself never leaves this room. */
export interface Seal extends RowProtection {
  /** AES-256-GCM-SIV under a key derived from the root, with the place as associated data. */
  wrap(place: Place, secret: Uint8Array): Uint8Array;
  /**
   * The one door. `decision` must be a genuine, allowing Decision; throws otherwise. Throws OperatorError when the
   * bytes do not open at this place. The caller wipes the Buffer when done with it.
   */
  open(decision: Decision, place: Place, wrapped: Uint8Array): Buffer;
  /** Credentials are opened to decide, so before a Decision: only kinds "access-key" and "session". identity/ alone calls it. */
  openCredential(place: Place, wrapped: Uint8Array): Buffer;
  /** A 32-byte key of its own for a named purpose ("session-token", "marker", "audit-checkpoint"). */
  derive(purpose: string): Buffer;
}

/** Where the worker finds a function of the table of key specs, and what it is called with. */
export interface Work {
  readonly spec: string;
  /** Absent: a function of the spec's pairs. */
  readonly usage?: string;
  readonly name?: string;
  readonly does: string;
  readonly parts: readonly unknown[];
}

/** `value`: bytes, true or false, undefined, or an object of bytes. */
export type WorkDone = { readonly value: unknown } | { readonly failed: string };

/**
 * Bytes in buffers of their own, which are handed over instead of being copied: a view of Node's common buffer would
 * take the whole of that along.
 */
export function movable(parts: readonly unknown[]): { moved: unknown[]; buffers: ArrayBuffer[] } {
  const moved = parts.map((part) => (part instanceof Uint8Array ? new Uint8Array(part) : part));
  return { moved, buffers: moved.flatMap((part) => (part instanceof Uint8Array ? [part.buffer as ArrayBuffer] : [])) };
}

/** Bytes that arrive in pieces and are taken in others. */
export class ByteQueue {
  #pieces: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** The next `count` bytes, in memory of their own; undefined, and nothing taken, while there are fewer. */
  take(count: number): Buffer | undefined {
    if (this.#length < count) return undefined;
    const taken = Buffer.allocUnsafeSlow(count);
    let filled = 0;
    while (filled < count) {
      const piece = this.#pieces[0]!;
      const part = Math.min(piece.length, count - filled);
      piece.copy(taken, filled, 0, part);
      filled += part;
      if (part === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part);
    }
    this.#length -= count;
    return taken;
  }
}

import { connect, type Socket } from "node:net";

/** The least NBD client: one request at a time, over a Unix socket. */
export class NbdClient implements Disposable {
  readonly #socket: Socket;
  #have: Buffer = Buffer.alloc(0);
  #wanted: { count: number; resolve: (bytes: Buffer) => void; reject: (error: Error) => void } | undefined;
  #ended = false;
  /** Size of the device. */
  bytes = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#have = Buffer.concat([this.#have, chunk]);
      this.#give();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#ended = true;
      this.#give();
    });
  }

  static async open(path: string, name: string): Promise<NbdClient> {
    const client = new NbdClient(connect(path));
    await client.#take(18);
    const option = Buffer.alloc(20);
    option.writeUInt32BE(3, 0);
    option.write("IHAVEOPT", 4);
    option.writeUInt32BE(1, 12);
    option.writeUInt32BE(Buffer.byteLength(name), 16);
    client.#socket.write(Buffer.concat([option, Buffer.from(name)]));
    client.bytes = Number((await client.#take(10)).readBigUInt64BE());
    return client;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    await this.#ask(0, offset, length);
    return await this.#take(length);
  }
  write(offset: number, bytes: Buffer): Promise<void> {
    return this.#ask(1, offset, bytes.length, bytes);
  }
  flush(): Promise<void> {
    return this.#ask(3, 0, 0);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #ask(type: number, offset: number, length: number, data: Buffer = Buffer.alloc(0)): Promise<void> {
    const request = Buffer.alloc(28);
    request.writeUInt32BE(0x25609513, 0);
    request.writeUInt16BE(type, 6);
    request.writeBigUInt64BE(BigInt(offset), 16);
    request.writeUInt32BE(length, 24);
    this.#socket.write(Buffer.concat([request, data]));
    const code = (await this.#take(16)).readUInt32BE(4);
    if (code !== 0) throw new Error(`the device answered error ${code}`);
  }

  #take(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#wanted = { count, resolve, reject };
      this.#give();
    });
  }

  #give(): void {
    const wanted = this.#wanted;
    if (!wanted) return;
    if (this.#have.length >= wanted.count) {
      this.#wanted = undefined;
      const taken = this.#have.subarray(0, wanted.count);
      this.#have = this.#have.subarray(wanted.count);
      wanted.resolve(Buffer.from(taken));
    } else if (this.#ended) {
      this.#wanted = undefined;
      wanted.reject(new Error("the connection has ended"));
    }
  }
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Pool, PoolFull } from "./pool.ts";
import { WaitingLine } from "./waiting-line.ts";

/**
 * A thread that does as it is told: waits until it is let go, dies, throws where nobody catches it, or answers the bytes
 * it was given.
 */
const script = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { parentPort } from "node:worker_threads";
  parentPort.on("message", ({ does, parts: [bytes, gate] }) => {
    if (does === "die") process.exit(1);
    if (does === "throw") throw new Error("nobody catches this");
    if (does === "wait") Atomics.wait(new Int32Array(gate), 0, 0);
    parentPort.postMessage({ value: bytes });
  });
`)}`,
);

const told = (does: string, bytes: Uint8Array = Buffer.of(1), gate?: SharedArrayBuffer) => ({
  spec: "",
  does,
  parts: [bytes, gate],
});

/** Holds threads until it is opened. */
function closedGate() {
  const shared = new SharedArrayBuffer(4);
  const open = (): void => {
    Atomics.store(new Int32Array(shared), 0, 1);
    Atomics.notify(new Int32Array(shared), 0);
  };
  return { shared, open };
}

describe("a pool of threads", () => {
  test("takes as much as it may and refuses the rest at once; what waited is done", async () => {
    const pool = new Pool({ threads: 1, waitingMost: 2, waitingMostEach: 2, script });
    const gate = closedGate();
    const done = [1, 2, 3].map((number) => pool.run("a", told("wait", Buffer.of(number), gate.shared)));
    await assert.rejects(pool.run("a", told("answer")), PoolFull);
    await assert.rejects(pool.run("b", told("answer")), PoolFull);
    gate.open();
    assert.deepEqual(
      await Promise.all(done),
      [1, 2, 3].map((number) => Uint8Array.of(number)),
    );
    assert.deepEqual(await pool.run("a", told("answer", Buffer.of(4))), Uint8Array.of(4));
  });

  test("leaves room for others when one owner floods, and serves them in turn", async () => {
    const pool = new Pool({ threads: 1, waitingMost: 4, waitingMostEach: 3, script });
    const gate = closedGate();
    const order: string[] = [];
    const ask = (owner: string) =>
      pool.run(owner, told("wait", Buffer.of(1), gate.shared)).then(() => void order.push(owner));
    const flood = [1, 2, 3, 4].map(() => ask("flood"));
    await assert.rejects(ask("flood"), PoolFull);
    const other = ask("other");
    await assert.rejects(ask("third"), PoolFull);
    gate.open();
    await Promise.all([...flood, other]);
    assert.deepEqual(order, ["flood", "flood", "other", "flood", "flood"]);
  });

  for (const end of ["die", "throw"])
    test(`a thread that ends (${end}) fails its own work; another takes its place`, async () => {
      const pool = new Pool({ threads: 1, waitingMost: 9, waitingMostEach: 9, script });
      const [lost, kept] = [pool.run("a", told(end)), pool.run("a", told("answer", Buffer.of(7)))];
      await assert.rejects(lost, /a thread for slow cryptography was lost/);
      assert.deepEqual(await kept, Uint8Array.of(7));
    });

  test("what is handed over is a copy: the caller may wipe its own", async () => {
    const pool = new Pool({ threads: 1, waitingMost: 9, waitingMostEach: 9, script });
    const gate = closedGate();
    const secret = Buffer.from("a private key");
    const first = pool.run("a", told("wait", secret, gate.shared));
    const second = pool.run("a", told("answer", secret));
    secret.fill(0);
    gate.open();
    for (const bytes of await Promise.all([first, second]))
      assert.equal(Buffer.from(bytes as Uint8Array).toString(), "a private key");
  });

  test("work that the table does not know fails, and the thread stays", async () => {
    const pool = new Pool({ threads: 1, waitingMost: 9, waitingMostEach: 9 });
    await assert.rejects(pool.run("a", { spec: "RSA_1024", does: "generate", parts: [] }), /is no key spec/);
    await assert.rejects(
      pool.run("a", { spec: "HMAC_256", does: "generate", parts: [] }),
      /HMAC_256 does not generate/,
    );
    const pair = await pool.run("a", { spec: "ECC_NIST_P256", does: "generate", parts: [] });
    assert.deepEqual(Object.keys(pair as object).sort(), ["privateKey", "publicKey"]);
  });
});

test("an empty line gives nothing", () => {
  const line = new WaitingLine<string>(1, 1);
  assert.equal(line.take(), undefined);
  line.add("a", "x");
  assert.equal(line.hasPlace("b"), false);
  assert.equal(line.take(), "x");
  assert.equal(line.hasPlace("a"), true);
});

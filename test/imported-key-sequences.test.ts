import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { advance } from "./clock.ts";
import { Model, validDays, windowDays } from "./imported-key-model.ts";
import { wrap } from "./imported-material.ts";
import { notes, states, table } from "./key-states-table.ts";
import { testServer, type TestServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { type Ask, asRoot, type Input } from "./sample-calls.ts";

/** A key of imported material that expires, is deleted, brought back and rotated, beside a model of it. */

const day = 86_400_000;

const operations = [
  "new",
  "again",
  "DeleteImportedKeyMaterial",
  "RotateKeyOnDemand",
  "EnableKey",
  "DisableKey",
  "ScheduleKeyDeletion",
  "CancelKeyDeletion",
  "Encrypt",
  "Decrypt",
  "wait",
] as const;
const step = fc.record({ name: fc.constantFrom(...operations), expires: fc.boolean() });

/** One key, asked and modelled. */
class Played {
  readonly #ask: Ask;
  readonly #server: TestServer;
  readonly #KeyId: string;
  readonly #blobs = new Map<string, unknown>();
  #token: { readonly at: number; readonly PublicKey: Buffer; readonly ImportToken: Buffer } | undefined;
  readonly model = new Model();

  constructor(server: TestServer, ask: Ask, KeyId: string) {
    this.#server = server;
    this.#ask = ask;
    this.#KeyId = KeyId;
  }

  async import(bytes: Buffer, ImportType: string, expires: boolean): Promise<Input> {
    if (this.#token?.at !== this.model.now) {
      const how = { WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" };
      const made = await this.#ask("GetParametersForImport", { KeyId: this.#KeyId, ...how });
      this.#token = {
        at: this.model.now,
        PublicKey: made.PublicKey as Buffer,
        ImportToken: made.ImportToken as Buffer,
      };
    }
    const { ImportToken, PublicKey } = this.#token;
    const ValidTo = this.#server.house.clocks.domain() + validDays * day;
    const expiry = expires ? { ValidTo } : { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" };
    const EncryptedKeyMaterial = wrap(PublicKey, "RSAES_OAEP_SHA_256", bytes);
    return this.#ask("ImportKeyMaterial", {
      KeyId: this.#KeyId,
      ImportToken,
      EncryptedKeyMaterial,
      ImportType,
      ...expiry,
    });
  }

  async new(expires: boolean): Promise<void> {
    const { model } = this;
    const bytes = randomBytes(32);
    const until = expires ? model.now + validDays : Infinity;
    const call = this.import(bytes, "NEW_KEY_MATERIAL", expires);
    if (model.pending) return assert.rejects(call, refused("KMSInvalidStateException", /is pending rotation\.$/));
    const held = { bytes, id: String((await call).KeyMaterialId), until };
    if (model.bound.length === 0) model.bound = [held];
    else model.pending = held;
  }

  /** Brings back what is missing, or the newest with another date. */
  async again(expires: boolean): Promise<void> {
    const { model } = this;
    const held = model.bound.find(({ until }) => until === undefined) ?? model.bound.at(-1);
    const call = this.import(held?.bytes ?? randomBytes(32), "EXISTING_KEY_MATERIAL", expires);
    if (!held) return assert.rejects(call, refused("IncorrectKeyMaterialException"));
    assert.equal((await call).KeyMaterialId, held.id);
    held.until = expires ? model.now + validDays : Infinity;
  }

  /** Every other operation, by the table of key states. */
  async perform(name: string): Promise<void> {
    const { model } = this;
    const note = table[name]!.split(" ")[states.indexOf(model.state)]!;
    const [, blob] = [...this.#blobs].at(-1) ?? [];
    if (name === "Decrypt" && blob === undefined) return;
    const inputs: Readonly<Record<string, Input>> = {
      Encrypt: { Plaintext: Buffer.from("x") },
      Decrypt: { CiphertextBlob: blob },
      ScheduleKeyDeletion: { PendingWindowInDays: windowDays },
    };
    const call = this.#ask(name, { KeyId: this.#KeyId, ...inputs[name] });
    if (note !== "ok") return assert.rejects(call, refused(...notes[note]!));
    if (name === "RotateKeyOnDemand" && !model.pending)
      return assert.rejects(call, refused("KMSInvalidStateException", /^No available key material pending rotation/));
    const answer = await call;
    if (name === "Encrypt") this.#blobs.set(model.bound.at(-1)!.id, answer.CiphertextBlob);
    if (name === "Decrypt") assert.ok(model.bound.some(({ id }) => id === answer.KeyMaterialId));
    if (name === "EnableKey") model.set = "Enabled";
    if (name === "DisableKey") model.set = "Disabled";
    if (name === "ScheduleKeyDeletion") model.deletion = model.now + windowDays;
    if (name === "CancelKeyDeletion") {
      model.deletion = undefined;
      model.set = "Disabled";
      model.settle();
    }
    if (name === "DeleteImportedKeyMaterial" && model.bound.length > 0) model.drop(model.bound.at(-1)!);
    if (name === "RotateKeyOnDemand") {
      model.bound.push(model.pending!);
      model.pending = undefined;
      model.rotations += 1;
    }
  }

  /** What DescribeKey and ListKeyRotations say is what the model says. */
  async check(after: string): Promise<void> {
    const { model } = this;
    const { KeyMetadata } = await this.#ask("DescribeKey", { KeyId: this.#KeyId });
    const metadata = KeyMetadata as Record<string, unknown>;
    assert.equal(metadata.KeyState, model.state, after);
    assert.equal(metadata.CurrentKeyMaterialId, model.bound.at(-1)?.id, after);
    const listed = { KeyId: this.#KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" };
    const { Rotations } = (await this.#ask("ListKeyRotations", listed)) as { Rotations: Record<string, string>[] };
    const shown = Rotations.map(({ KeyMaterialId, ImportState }) => [KeyMaterialId, ImportState]);
    const held = [...model.bound, ...(model.pending ? [model.pending] : [])];
    const expected = held.map(({ id, until }) => [id, until === undefined ? "PENDING_IMPORT" : "IMPORTED"]);
    assert.deepEqual(shown, expected, after);
  }
}

test("imported material: any sequence of bringing, losing and rotating it does what the model does", async () => {
  await using server = await testServer();
  const ask = asRoot(server);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24 }), async (sequence) => {
      const { KeyMetadata } = await ask("CreateKey", { Origin: "EXTERNAL" });
      const played = new Played(server, ask, (KeyMetadata as { KeyId: string }).KeyId);
      const { model } = played;
      for (const { name, expires } of [{ name: "new" as const, expires: true }, ...sequence]) {
        const going = model.deletion !== undefined;
        if (name === "wait") {
          await advance(server, 2 * day);
          model.wait(2);
          // The rest would be about a key that is gone.
          if ((model.deletion ?? Infinity) <= model.now) break;
        } else if (name !== "new" && name !== "again") await played.perform(name);
        // A key that is going gives no parameters to import with.
        else if (!going) await played[name](expires);
        await played.check(`${name} ${expires}`);
      }
    }),
    { numRuns: 40, seed: 20_260_101 },
  );
});

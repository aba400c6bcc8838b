import { dirname } from "node:path";
import { type Answer, type AwsEndpoint, AwsRefusal, callJson } from "./aws-client.ts";
import { Behind } from "./tour-behind.ts";
import { beginningOf, hexLines, layersIn, searched } from "./tour-disks.ts";
import { blockBytes, callEc2, completeSnapshot, putBlock, readBlock, settled, startSnapshot } from "./tour-ec2.ts";
import type { Actor, Played, Stage } from "./tour-stage.ts";

export const marker = "ATTENTION: these words must be nowhere on the disk. ";
export const ownerAccount = "000000000000";
export const guestAccount = "111122223333";

/** Two accounts, two Regions, and the disk that the service writes: where stories about EBS and EC2 are played. */
export class Scene {
  readonly stage: Stage;
  readonly owner: Actor;
  readonly guest: Actor;
  readonly #behind: Behind;
  /** Where disks are written. */
  readonly #folder: string;
  #layers: Set<string>;

  constructor(stage: Stage, folder: string) {
    const guest = { ...stage.root, credentials: { accessKeyId: guestAccount, secretAccessKey: "test" } };
    this.stage = stage;
    this.owner = { name: `the owner (${ownerAccount})`, endpoint: stage.root, owner: stage.root };
    this.guest = { name: `the guest (${guestAccount})`, endpoint: guest, owner: guest };
    this.#behind = new Behind(stage.root);
    this.#folder = folder;
    this.#layers = layersIn(folder);
  }

  /** The same actor in another Region. */
  in(actor: Actor, region: string): Actor {
    return { ...actor, name: `${actor.name} in ${region}`, endpoint: { ...actor.endpoint, region } };
  }

  ec2(
    actor: Actor,
    told: string,
    action: string,
    input: Readonly<Record<string, string>>,
    expected = "ok",
  ): Promise<Played<string>> {
    return this.stage.step(actor, told, `ec2:${action}`, () => callEc2(actor.endpoint, action, input), expected);
  }

  ebs<T>(actor: Actor, told: string, action: string, call: () => Promise<Answer<T>>): Promise<Played<T>> {
    return this.stage.step(actor, told, `ebs:${action}`, call);
  }

  /** Tells what EC2 and EBS asked of KMS since the last call of this kind; `expected` must be among it, in order. */
  async behind(told: string, ...expected: readonly string[]): Promise<void> {
    const owners = { [ownerAccount]: this.owner.owner, [guestAccount]: this.guest.owner };
    const { names, lines } = await this.#behind.calls(owners);
    let from = 0;
    const inOrder = expected.every((name) => {
      from = names.indexOf(name, from) + 1;
      return from > 0;
    });
    this.stage.claim(inOrder ? told : `${told} (it was ${names.join(", ") || "nothing"})`, inOrder);
    for (const line of lines) this.stage.say(`       ${line}`);
  }

  leaveUntold(): Promise<void> {
    return this.#behind.leaveUntold();
  }

  /** What a thing comes to that goes on after its answer. */
  async comesTo(
    told: string,
    actor: Actor,
    [action, input, element]: readonly [string, Readonly<Record<string, string>>, string],
    passing: readonly string[],
    expected: string,
  ): Promise<void> {
    const state = await settled(actor.endpoint, action, input, element, ...passing);
    this.stage.claim(
      state === expected ? `${told}: ${state}` : `${told}: ${state}, and not ${expected}`,
      state === expected,
    );
  }

  /** A snapshot whose first block begins with the marker. */
  async markedSnapshot(keyArn: string): Promise<string> {
    const { owner } = this;
    const block = Buffer.alloc(blockBytes);
    block.write(marker.repeat(3));
    const started = await this.ebs(owner, "A snapshot is begun by EBS direct, under that key.", "StartSnapshot", () =>
      startSnapshot(owner.endpoint, keyArn),
    );
    const id = started.output ?? "";
    await this.behind("EBS had a data key of 64 bytes made for it.", "GenerateDataKey");
    this.hex("A block of 512 KiB, as it leaves the owner:", block);
    await this.ebs(owner, "It is written.", "PutSnapshotBlock", () => putBlock(owner.endpoint, id, block));
    await this.ebs(owner, "That was all of it.", "CompleteSnapshot", () => completeSnapshot(owner.endpoint, id));
    this.newLayer("The same block, as it lies on the disk:");
    this.nowhere();
    await this.leaveUntold();
    return id;
  }

  /** Whoever may read it sees the marker. */
  async reads(actor: Actor, told: string, snapshotId: string): Promise<void> {
    const read = await this.ebs(actor, told, "GetSnapshotBlock", () => readBlock(actor.endpoint, snapshotId));
    const text = read.output ?? "";
    this.hex("What is read:", Buffer.from(text.slice(0, 64)));
    this.stage.claim("The words are back.", text.startsWith(marker));
    await this.leaveUntold();
  }

  hex(told: string, bytes: Uint8Array): void {
    this.stage.say(`   ${told}`);
    for (const line of hexLines(bytes)) this.stage.say(`       ${line}`);
  }

  /** The beginning of the layer that has been written since the last time. */
  newLayer(told: string): void {
    const now = layersIn(this.#folder);
    const made = [...now].filter((name) => !this.#layers.has(name));
    this.#layers = now;
    const written = made
      .map((name) => beginningOf(this.#folder, name))
      .find((bytes) => bytes.some((byte) => byte !== 0));
    this.hex(told, written ?? Buffer.alloc(0));
    this.stage.claim("Nothing of it can be read.", written !== undefined && !written.includes(marker.slice(0, 16)));
  }

  nowhere(): void {
    const { files, bytes, found } = searched(dirname(this.#folder), marker.trim());
    const told = `The words are in none of the ${files} files of the data folder, ${(bytes / 1e6).toFixed(1)} MB in all.`;
    this.stage.claim(found.length === 0 ? told : `${told} They are in ${found.join(", ")}`, found.length === 0);
  }

  /** A key in the actor's Region: its ARN. */
  async key(actor: Actor, told: string): Promise<string> {
    type Created = { KeyMetadata: { Arn: string } };
    const { output } = await this.stage.kms<Created>(actor, told, "CreateKey", { Description: "claviger tour" });
    return output?.KeyMetadata.Arn ?? "";
  }

  /** The key's policy: its own account, and the guest's for what copies and launches take. */
  shareKey(KeyId: string, told: string): Promise<Played<unknown>> {
    const statement = (Sid: string, account: string, Action: string | string[]) => ({
      Sid,
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action,
      Resource: "*",
    });
    const taken = ["DescribeKey", "CreateGrant", "Decrypt", "ReEncrypt*", "GenerateDataKey*"];
    const Statement = [
      statement("TheOwnAccount", ownerAccount, "kms:*"),
      statement(
        "TheGuestThroughEc2",
        guestAccount,
        taken.map((name) => `kms:${name}`),
      ),
    ];
    return this.stage.kms(this.owner, told, "PutKeyPolicy", {
      KeyId,
      Policy: JSON.stringify({ Version: "2012-10-17", Statement }),
    });
  }

  /** No grant of this story is left on the key. */
  async noGrants(endpoint: AwsEndpoint, KeyId: string, whose: string): Promise<void> {
    const left = await callJson<{ Grants: object[] }>(endpoint, "kms", "TrentService.ListGrants", { KeyId }).catch(
      (error: unknown) => {
        if (error instanceof AwsRefusal) return undefined;
        throw error;
      },
    );
    this.stage.claim(`No grant is left on ${whose} key.`, left?.output.Grants.length === 0);
  }
}

import { randomBytes } from "node:crypto";
import type { SigningCredentials } from "../sigv4/sign.ts";
import { callKms, xmlText } from "./aws-client.ts";
import { callQuery } from "./aws-query.ts";
import { keepFile } from "./tour-file.ts";
import type { Actor, Stage } from "./tour-stage.ts";

const secret = "attack at dawn";
const secondAccount = "111122223333";
const EncryptionContext = { about: "the tour" };

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What the chapters pass on. */
interface Story {
  readonly stage: Stage;
  readonly root: Actor;
  readonly account: string;
  readonly KeyId: string;
  readonly CiphertextBlob: string;
}

/** The life of a key, from the first to the last call. Whatever happens on the way, nothing that it made stays usable. */
export async function tell(stage: Stage): Promise<void> {
  await stage.chapter("A key, and a secret under it");
  const story = await firstSecret(stage);
  let alice: Alice | undefined;
  let whole = false;
  try {
    await keepFile(stage, story.root, story.KeyId);
    alice = await hireAlice(story);
    await deniedUser(story, alice);
    await keyPolicy(story, alice);
    await otherAccount(story, alice);
    await disabled(story);
    await deleted(story);
    await leave(story, alice);
    whole = true;
  } finally {
    if (!whole) await abandon(story, alice);
  }
}

async function firstSecret(stage: Stage): Promise<Story> {
  const root: Actor = { name: "root", endpoint: stage.root, owner: stage.root };
  const told = "Everything starts with a key. Its material never leaves the service.";
  type Created = { KeyMetadata: { Arn: string; AWSAccountId: string } };
  const { output } = await stage.kms<Created>(root, told, "CreateKey", { Description: "claviger tour" });
  if (!output) throw new Error("The tour cannot go on without a key");
  const { Arn: KeyId, AWSAccountId: account } = output.KeyMetadata;
  const input = { KeyId, Plaintext: base64(secret), EncryptionContext };
  const encrypting = `"${secret}" is encrypted. The context says what it is about.`;
  const encrypted = await stage.kms<{ CiphertextBlob: string }>(root, encrypting, "Encrypt", input);
  const CiphertextBlob = encrypted.output?.CiphertextBlob ?? "";
  const opening = "Whoever decrypts has to know the context, and need not know the key.";
  const opened = await stage.kms<{ Plaintext: string }>(root, opening, "Decrypt", {
    CiphertextBlob,
    EncryptionContext,
  });
  stage.claim(`The secret is back: "${secret}".`, opened.output?.Plaintext === base64(secret));
  const other = { CiphertextBlob, EncryptionContext: { about: "something else" } };
  await stage.kms(root, "Under another context it does not open.", "Decrypt", other, "InvalidCiphertextException");
  return { stage, root, account, KeyId, CiphertextBlob };
}

const actorOf = (stage: Stage, name: string, credentials: SigningCredentials, owner = stage.root): Actor => ({
  name,
  endpoint: { ...stage.root, credentials },
  owner,
});

interface Alice extends Actor {
  readonly accessKeyId: string;
}

const iam = ({ root }: Story, action: string, input: Readonly<Record<string, string>>) =>
  callQuery({ ...root.endpoint, region: "us-east-1" }, "iam", action, input);

async function hireAlice(story: Story): Promise<Alice> {
  const { stage, root } = story;
  await stage.chapter("Somebody who may not");
  const UserName = `alice-${randomBytes(3).toString("hex")}`;
  const step = (told: string, action: string) =>
    stage.step(root, told, `iam:${action}`, () => iam(story, action, { UserName }));
  await step("Alice joins. Nobody has given her a policy.", "CreateUser");
  const { output = "" } = await step("She gets an access key.", "CreateAccessKey");
  const accessKeyId = xmlText(output, "AccessKeyId");
  const credentials = { accessKeyId, secretAccessKey: xmlText(output, "SecretAccessKey") };
  return { ...actorOf(stage, UserName, credentials), accessKeyId };
}

async function deniedUser({ stage, KeyId, CiphertextBlob }: Story, alice: Alice): Promise<void> {
  const input = { CiphertextBlob, EncryptionContext, KeyId };
  await stage.kms(alice, "She tries to read the secret.", "Decrypt", input, "AccessDeniedException");
}

async function leave(story: Story, { name: UserName, accessKeyId: AccessKeyId }: Alice): Promise<void> {
  const { stage, root } = story;
  await stage.chapter("Everything is as it was");
  await stage.step(root, "Alice's access key goes, and works no more.", "iam:DeleteAccessKey", () =>
    iam(story, "DeleteAccessKey", { UserName, AccessKeyId }),
  );
  await stage.step(root, "Alice leaves.", "iam:DeleteUser", () => iam(story, "DeleteUser", { UserName }));
}

/** After a tour that broke off: as much as can still be done, and not told. */
async function abandon(story: Story, alice: Alice | undefined): Promise<void> {
  const { root, KeyId } = story;
  const tries = [() => callKms(root.endpoint, "ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 })];
  const UserName = alice?.name ?? "";
  const cleaning: (() => Promise<unknown>)[] = alice
    ? [
        ...tries,
        () => iam(story, "DeleteAccessKey", { UserName, AccessKeyId: alice.accessKeyId }),
        () => iam(story, "DeleteUser", { UserName }),
      ]
    : tries;
  for (const clean of cleaning) await clean().catch(() => undefined);
}

const statement = (Sid: string, principal: string, Action: string | string[]) => ({
  Sid,
  Effect: "Allow",
  Principal: { AWS: principal },
  Action,
  Resource: "*",
});

/** The key's policy with its owner's statement first: without it nobody could change the policy again. */
function putPolicy({ stage, root, account, KeyId }: Story, told: string, more: readonly object[]) {
  const Statement = [statement("TheOwnAccount", `arn:aws:iam::${account}:root`, "kms:*"), ...more];
  return stage.kms(root, told, "PutKeyPolicy", { KeyId, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });
}

const forAlice = ({ account }: Story, { name }: Actor) =>
  statement("AliceMayDecrypt", `arn:aws:iam::${account}:user/${name}`, "kms:Decrypt");

async function keyPolicy(story: Story, alice: Actor): Promise<void> {
  const { stage, KeyId, CiphertextBlob } = story;
  await stage.chapter("Allowed by the key's own policy");
  await putPolicy(story, "The key's policy now names her, for decrypting alone.", [forAlice(story, alice)]);
  await stage.kms(alice, "She reads the secret.", "Decrypt", { CiphertextBlob, EncryptionContext });
  const input = { KeyId, Plaintext: base64("mine") };
  await stage.kms(alice, "Encrypting was not part of it.", "Encrypt", input, "AccessDeniedException");
}

async function otherAccount(story: Story, alice: Actor): Promise<void> {
  const { stage, KeyId } = story;
  await stage.chapter("A second account");
  const credentials = { accessKeyId: secondAccount, secretAccessKey: "test" };
  const owner = { ...stage.root, credentials };
  const other = actorOf(stage, `root of ${secondAccount}`, credentials, owner);
  const input = { KeyId, Plaintext: base64("from next door") };
  const knocking = "Root of another account is nobody here.";
  await stage.kms(other, knocking, "Encrypt", input, "AccessDeniedException");
  const guest = statement("NextDoorMayEncrypt", `arn:aws:iam::${secondAccount}:root`, [
    "kms:Encrypt",
    "kms:DescribeKey",
  ]);
  await putPolicy(story, "The key's policy lets that account encrypt.", [forAlice(story, alice), guest]);
  await stage.kms(other, "Now it may, and the record is on both accounts' trails.", "Encrypt", input);
}

async function disabled({ stage, root, KeyId, CiphertextBlob }: Story): Promise<void> {
  await stage.chapter("Off and on again");
  const input = { CiphertextBlob, EncryptionContext };
  await stage.kms(root, "The key is disabled.", "DisableKey", { KeyId });
  await stage.kms(root, "From that moment it opens nothing.", "Decrypt", input, "DisabledException");
  await stage.kms(root, "It is enabled.", "EnableKey", { KeyId });
  await stage.kms(root, "And opens again.", "Decrypt", input);
}

async function deleted({ stage, root, KeyId, CiphertextBlob }: Story): Promise<void> {
  const input = { CiphertextBlob, EncryptionContext };
  const schedule = { KeyId, PendingWindowInDays: 7 };
  const opened = "KMSInvalidStateException";
  await stage.chapter("Deleted, and recovered in time");
  await stage.kms(root, "Its deletion is scheduled, a week ahead.", "ScheduleKeyDeletion", schedule);
  await stage.kms(root, "While it waits it cannot be used.", "Decrypt", input, opened);
  await stage.advance("Three days pass.", 3);
  await stage.kms(root, "Somebody misses it: the deletion is cancelled.", "CancelKeyDeletion", { KeyId });
  await stage.kms(root, "It comes back disabled, and is enabled.", "EnableKey", { KeyId });
  await stage.kms(root, "Nothing is lost.", "Decrypt", input);
  await stage.chapter("Deleted for good");
  await stage.kms(root, "Scheduled again.", "ScheduleKeyDeletion", schedule);
  await stage.advance("Eight days pass.", 8);
  await stage.event("Nobody called: the service deleted the key at its date.", "DeleteKey", KeyId);
  await stage.kms(root, "The key is gone.", "DescribeKey", { KeyId }, "NotFoundException");
  const last = "What was encrypted under it stays encrypted for ever.";
  await stage.kms(root, last, "Decrypt", { ...input, KeyId }, "NotFoundException");
}

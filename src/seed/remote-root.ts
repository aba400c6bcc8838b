import type { House } from "../house.ts";
import { mintAccessKeyId, mintSecret, newAccessKey } from "../identity/access-keys.ts";
import { Garden } from "./garden.ts";

const account = "000000000000";

/** kind "installation", id "remote-root": the access key that was generated in place of the well-known one. */
interface Generated {
  accessKeyId: string;
}

export interface RemoteRoot {
  readonly accessKeyId: string;
  /** Only when it was generated just now: it is stored wrapped, and told once. */
  readonly secretAccessKey?: string;
}

/** An access key of account 000000000000's root, for a development server that others can reach. */
export async function remoteRoot(house: House): Promise<RemoteRoot> {
  const { entities, seal, clocks } = house;
  const before = entities.get<Generated>("installation", "remote-root");
  if (before) return { accessKeyId: before.content.accessKeyId };
  const accessKeyId = mintAccessKeyId(account, "AKIA");
  const secretAccessKey = mintSecret();
  const key = { id: accessKeyId, account, status: "Active", createdAt: clocks.domain() } as const;
  await new Garden(house).make({ account, path: "the root credentials" }, "CreateAccessKey", [
    newAccessKey(entities, seal, key, secretAccessKey),
    entities.create<Generated>("installation", "remote-root", { accessKeyId }, { scope: "" }),
  ]);
  return { accessKeyId, secretAccessKey };
}

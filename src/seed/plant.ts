import { newAccessKey } from "../identity/access-keys.ts";
import { type AccessKey, type Account, entityId, type Role, type User } from "../identity/entities.ts";
import { iamArn } from "../arn.ts";
import { OperatorError } from "../errors.ts";
import type { House } from "../house.ts";
import { Garden } from "./garden.ts";
import { plantKey } from "./plant-key.ts";
import type { Seed, SeedAccessKey, SeedAccount, SeedPrincipal, SeedRole } from "./seed.ts";

/**
 * Makes what is missing and leaves what is there, so that a second start changes nothing; inline policies are made what
 * the file says. Accounts' users and roles come before any key, so that a key's policy may name all of them. Throws
 * OperatorError that names the place.
 */
export async function plant(seed: Seed, house: House): Promise<void> {
  const garden = new Garden(house);
  for (const account of seed.accounts) await plantAccount(account, garden);
  for (const account of seed.accounts)
    for (const user of account.users) await plantPrincipal("User", user, account.id, garden);
  for (const account of seed.accounts) for (const role of account.roles) await plantRole(role, account.id, garden);
  for (const account of seed.accounts) for (const key of account.keys) await plantKey(key, account.id, garden);
}

const home = "us-east-1";

async function plantAccount({ id, name, path, accessKeys, policies }: SeedAccount, garden: Garden): Promise<void> {
  const { entities, clocks } = garden.house;
  if (!garden.has("account", id)) {
    const account: Account = { id, name, createdAt: clocks.domain() };
    await garden.make({ account: id, path }, "CreateAccount", [
      entities.create<Account>("account", id, account, { scope: "" }),
    ]);
  }
  for (const key of accessKeys) await plantAccessKey(key, id, undefined, garden);
  for (const policy of policies) {
    const at = { account: id, region: home, path: policy.path };
    if (garden.has("policy", iamArn(id, `policy/${policy.name}`))) continue;
    await garden.call(at, "iam", "CreatePolicy", { PolicyName: policy.name, PolicyDocument: policy.document });
  }
}

async function plantPrincipal(
  word: "User" | "Role",
  principal: SeedPrincipal,
  account: string,
  garden: Garden,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { name, path } = principal;
  const at = { account, region: home, path };
  const [kind, rowId, named] = [word.toLowerCase(), entityId(account, name), { [`${word}Name`]: name }];
  const Tags = principal.tags.map(({ key, value }) => ({ Key: key, Value: value }));
  if (!garden.has(kind, rowId))
    await garden.call(at, "iam", `Create${word}`, { ...named, ...more, ...(Tags.length > 0 && { Tags }) });
  const there = garden.house.entities.get<User | Role>(kind, rowId)?.content;
  for (const policy of principal.inline) {
    if (there && Object.hasOwn(there.inline, policy.name) && there.inline[policy.name] === policy.document) continue;
    const input = { ...named, PolicyName: policy.name, PolicyDocument: policy.document };
    await garden.call({ ...at, path: policy.path }, "iam", `Put${word}Policy`, input);
  }
  for (const arn of principal.attached)
    if (!there?.attached.includes(arn))
      await garden.call({ ...at, path: `${path}.attached` }, "iam", `Attach${word}Policy`, {
        ...named,
        PolicyArn: arn,
      });
  for (const key of principal.accessKeys) await plantAccessKey(key, account, name, garden);
}

const plantRole = (role: SeedRole, account: string, garden: Garden): Promise<void> =>
  plantPrincipal("Role", role, account, garden, { AssumeRolePolicyDocument: role.trust });

async function plantAccessKey(
  { id, secret, path }: SeedAccessKey,
  account: string,
  userName: string | undefined,
  garden: Garden,
): Promise<void> {
  const { entities, seal, clocks } = garden.house;
  const there = entities.get<AccessKey>("access-key", id);
  if (there) {
    const { row, content } = there;
    const known = row.secret && seal.openCredential({ kind: "access-key", id }, row.secret).toString();
    if (known === secret && content.account === account && content.userName === userName) return;
    throw new OperatorError(`Cannot plant ${path}: access key ${id} is there with another secret or owner`);
  }
  const key: AccessKey = {
    id,
    account,
    status: "Active",
    createdAt: clocks.domain(),
    ...(userName !== undefined && { userName }),
  };
  await garden.make({ account, path }, "CreateAccessKey", [newAccessKey(entities, seal, key, secret)]);
}

import { keySpecOf, keySpecs } from "../crypto/key-specs.ts";
import type { Place } from "./place.ts";
import type { SeedKey } from "./seed.ts";

const members = [
  "id",
  "region",
  "spec",
  "usage",
  "material",
  "description",
  "enabled",
  "tags",
  "policy",
  "aliases",
] as const;

const keyId = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;

export async function readKey(place: Place): Promise<SeedKey> {
  place.object(members);
  const spec = place.at("spec").optionalText() ?? "SYMMETRIC_DEFAULT";
  if (!Object.hasOwn(keySpecs, spec)) place.at("spec").refuse(`is no key spec: ${Object.keys(keySpecs).join(", ")}`);
  return {
    path: place.path,
    id: place.at("id").text(keyId, "a UUID in small letters, or mrk- and 32 hexadecimal digits"),
    region: place.at("region").text(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, "a Region such as eu-west-1"),
    spec,
    usage: place.at("usage").optionalText() ?? onlyUsage(spec),
    ...(await readMaterial(place.at("material"), spec)),
    description: place.at("description").optionalText() ?? "",
    enabled: place.at("enabled").yes(),
    tags: place.at("tags").tags(),
    policy: place.at("policy").present ? place.at("policy").document() : undefined,
    aliases: place
      .at("aliases")
      .list()
      .map((alias) => alias.text(/^alias\/(?!aws\/)./, "a name such as alias/orders")),
  };
}

/** Of a spec that is for one thing alone. */
function onlyUsage(spec: string): string | undefined {
  const [usage, ...more] = Object.keys(keySpecOf(spec).usages);
  return more.length === 0 ? usage : undefined;
}

/** Base64 of the raw bytes, or of the PKCS#8 private key where the spec is of a pair. */
async function readMaterial(place: Place, spec: string): Promise<Pick<SeedKey, "material" | "publicKey">> {
  if (!place.present) return { material: undefined, publicKey: undefined };
  const entry = keySpecOf(spec);
  const pair = entry.material === "pair";
  const shape = pair ? `base64 of a PKCS#8 private key for ${spec}` : `base64 of ${entry.bytes} bytes`;
  const material = Buffer.from(place.text(/^[A-Za-z0-9+/]+={0,2}$/, shape), "base64");
  if (!pair)
    return material.length === entry.bytes ? { material, publicKey: undefined } : place.refuse(`must be ${shape}`);
  const publicKey = await entry.pairs.publicKeyOf(material);
  return publicKey ? { material, publicKey: Buffer.from(publicKey) } : place.refuse(`must be ${shape}`);
}

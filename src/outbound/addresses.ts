import { BlockList, isIP } from "node:net";

/** What IANA's registries of special addresses do not call globally reachable. */
const special = new BlockList();
const ranges4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];
/** Inside 2000::/3: protocol assignments with Teredo, documentation, and 6to4, which carries an IPv4 address. */
const ranges6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];
for (const [network, bits] of ranges4) special.addSubnet(network, bits, "ipv4");
for (const [network, bits] of ranges6) special.addSubnet(network, bits, "ipv6");

const unicast6 = new BlockList();
unicast6.addSubnet("2000::", 3, "ipv6");

/**
 * Whether an address may be on the open Internet. Everything that is not a globally reachable unicast address is not:
 * loopback, private, link-local (with the metadata services of clouds), IPv4 inside IPv6 in any of its forms.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, "ipv4");
  if (family === 6 && !address.includes("%")) return unicast6.check(address, "ipv6") && !special.check(address, "ipv6");
  return false;
}

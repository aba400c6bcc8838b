import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { test } from "node:test";
import fc from "fast-check";
import { isPublicAddress } from "./addresses.ts";
import { OutboundFailure } from "./failure.ts";
import { checkedLookup } from "./lookup.ts";

test("addresses of the open Internet are public", () => {
  for (const address of ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "2a00::1"])
    assert.equal(isPublicAddress(address), true, address);
});

test("loopback, private, link-local, reserved and disguised addresses are not", () => {
  const addresses = [
    ["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"],
    ["172.31.255.255", "192.168.1.1", "198.19.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
    ["::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"],
    ["::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1", "fec0::1"],
    ["", "localhost", "1.2.3", "1.2.3.4.5", "8.8.8.8%eth0", "2606:4700::1111%1"],
  ].flat();
  for (const address of addresses) assert.equal(isPublicAddress(address), false, address);
});

test("no address of a private network is public, however it is written in IPv6", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xff_ff_ff }), (tail) => {
      const [a, b, c] = [tail >> 16, (tail >> 8) & 255, tail & 255];
      for (const address of [
        `10.${a}.${b}.${c}`,
        `127.${a}.${b}.${c}`,
        `::ffff:10.${a}.${b}.${c}`,
        `::10.${a}.${b}.${c}`,
      ])
        assert.equal(isPublicAddress(address), false, address);
    }),
  );
});

const looked = (addresses: LookupAddress[], all: boolean) =>
  new Promise<{ error: Error | null; address: unknown }>((resolve) =>
    checkedLookup((_host, _options, done) => done(null, addresses))("host.test", { all }, (error, address) =>
      resolve({ error, address }),
    ),
  );

test("a name that resolves to one private address among others leads nowhere", async () => {
  const open = { address: "8.8.8.8", family: 4 };
  const hidden = { address: "10.0.0.1", family: 4 };
  assert.deepEqual(await looked([open], false), { error: null, address: "8.8.8.8" });
  assert.deepEqual(await looked([open], true), { error: null, address: [open] });
  for (const addresses of [[hidden], [open, hidden], [hidden, open], []])
    for (const all of [true, false]) {
      const { error, address } = await looked(addresses, all);
      assert.ok(error instanceof OutboundFailure && error.reason === "forbidden");
      assert.deepEqual(address, []);
    }
});

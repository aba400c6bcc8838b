import assert from "node:assert/strict";
import { test } from "node:test";
import { OperatorError } from "../errors.ts";
import { readOutbound } from "./outbound-table.ts";

test("the outbound table maps hosts to addresses and certificates", () => {
  const given = {
    "xks.example.com": { address: "10.0.0.5:8443", ca: "ca.pem", timeoutMs: 900 },
    "idp.example.com": { address: "[fd00::5]:443" },
    "log.example.com": { address: "collector:9000" },
  };
  assert.deepEqual(readOutbound(given, "claviger.json", "/etc/claviger"), [
    { host: "xks.example.com", address: "10.0.0.5", port: 8443, caFile: "/etc/claviger/ca.pem", totalMs: 900 },
    { host: "idp.example.com", address: "fd00::5", port: 443 },
    { host: "log.example.com", address: "collector", port: 9000 },
  ]);
});

test("an outbound table that says something else is refused in a sentence", () => {
  for (const [given, why] of [
    [[], /"outbound" must be an object/],
    [{ "XKS.example.com": { address: "10.0.0.5:1" } }, /not a host name in lower case/],
    [{ "a.test": { address: "10.0.0.5" } }, /needs an "address"/],
    [{ "a.test": { address: "10.0.0.5:0" } }, /needs an "address"/],
    [{ "a.test": { address: "10.0.0.5:65536" } }, /needs an "address"/],
    [{ "a.test": {} }, /needs an "address"/],
    [{ "a.test": { address: "h:1", ca: "" } }, /must name a file/],
    [{ "a.test": { address: "h:1", timeoutMs: 0 } }, /must be a whole number/],
    [{ "a.test": { address: "h:1", timeoutMs: "9" } }, /must be a whole number/],
    [{ "a.test": { address: "h:1", insecure: true } }, /has no member "insecure"/],
  ] as const)
    assert.throws(
      () => readOutbound(given, "claviger.json", "/"),
      (error) => error instanceof OperatorError && why.test(error.message),
    );
});

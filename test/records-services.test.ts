import assert from "node:assert/strict";
import { test } from "node:test";
import { sealAuthorizationMessage } from "../src/identity/authorization-message.ts";
import { ebsOperations } from "../src/services/ebs/operations.ts";
import { organizationsOperations } from "../src/services/organizations/operations.ts";
import { stsOperations } from "../src/services/sts/operations.ts";
import { testServer } from "./kit.ts";
import { cloudtrail } from "./record-tables/cloudtrail.ts";
import { ebs } from "./record-tables/ebs.ts";
import { organizations } from "./record-tables/organizations.ts";
import { type Step, tell } from "./record-tables/steps.ts";
import { sts } from "./record-tables/sts.ts";
import { asRoot, makeKey, region } from "./sample-calls.ts";
import { account, newRole, trustingFor } from "./sts-kit.ts";

const names = (steps: readonly Step[], ...elsewhere: string[]): string[] =>
  [...steps.map(({ operation }) => operation), ...elsewhere].toSorted();

test("every operation is in the tables", () => {
  assert.deepEqual(names(organizations), [...organizationsOperations.keys()].toSorted());
  assert.deepEqual(names(ebs), [...ebsOperations.keys()].toSorted());
  // Nobody signs this one: sts-web-identity.test.ts has its record.
  assert.deepEqual(names(sts, "AssumeRoleWithWebIdentity"), [...stsOperations.keys()].toSorted());
});

test("organizations", async (suite) => {
  await using server = await testServer();
  const source = "organizations.amazonaws.com";
  await tell(suite, server, { service: "organizations", source, awsRegion: "us-east-1", steps: organizations });
});

test("sts", async (suite) => {
  await using server = await testServer();
  const trusted = trustingFor(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]);
  await newRole(server, "deputy", trusted);
  const { Role } = await asRoot(server, account, "us-east-1", "iam")("GetRole", { RoleName: "deputy" });
  const role = (Role as { RoleId: string }).RoleId;
  const message = sealAuthorizationMessage(server.house.seal, account, { allowed: false });
  const values = { role, message };
  await tell(suite, server, {
    service: "sts",
    source: "sts.amazonaws.com",
    awsRegion: region,
    byUser: true,
    values,
    steps: sts,
  });
});

test("cloudtrail", async (suite) => {
  await using server = await testServer();
  await tell(suite, server, {
    service: "cloudtrail",
    source: "cloudtrail.amazonaws.com",
    awsRegion: region,
    steps: cloudtrail,
  });
});

test("ebs", async (suite) => {
  await using server = await testServer();
  const values = { key: await makeKey("symmetric", asRoot(server)) };
  await tell(suite, server, { service: "ebs", source: "ebs.amazonaws.com", awsRegion: region, values, steps: ebs });
});

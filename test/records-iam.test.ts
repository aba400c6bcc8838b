import assert from "node:assert/strict";
import { test } from "node:test";
import { iamOperations } from "../src/services/iam/operations.ts";
import { testServer } from "./kit.ts";
import { iamPolicies } from "./record-tables/iam-policies.ts";
import { iamPrincipals } from "./record-tables/iam-principals.ts";
import { iamRoles } from "./record-tables/iam-roles.ts";
import { tell } from "./record-tables/steps.ts";

const stories = { users: iamPrincipals, roles: iamRoles, policies: iamPolicies };

test("every operation of IAM is in the tables", () => {
  const told = Object.values(stories).flatMap((steps) => steps.map(({ operation }) => operation));
  // Users here have no passwords: both answer that there is none.
  const refused = ["GetLoginProfile", "DeleteLoginProfile"];
  const simulated = ["SimulatePrincipalPolicy"];
  assert.deepEqual([...told, ...refused, ...simulated].toSorted(), [...iamOperations.keys()].toSorted());
});

for (const [name, steps] of Object.entries(stories))
  test(name, async (suite) => {
    await using server = await testServer();
    await tell(suite, server, { service: "iam", source: "iam.amazonaws.com", awsRegion: "us-east-1", steps });
  });

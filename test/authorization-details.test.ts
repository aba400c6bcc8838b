import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateKeyCommand, EncryptCommand, type KMSServiceException } from "@aws-sdk/client-kms";
import { send } from "../src/cli/aws-client.ts";
import { type Credentials, kms, root, rootOf, testServer, type TestServer } from "./kit.ts";

async function read<T>(server: TestServer, credentials: Credentials, target: string): Promise<T> {
  const { text } = await send(
    { url: server.url, region: "us-east-1", credentials },
    { service: "iam", method: "GET", target },
  );
  return JSON.parse(text) as T;
}

interface Details {
  evaluations: {
    action: string;
    evaluatedEffect: string;
    matchedPolicies: { uri: string; matchedStatements: object[] }[];
  }[];
  policies: { type: string; inline: boolean; uri: string; attachedTo: { arn: string }[] }[];
  requestContext: Record<string, string>;
}

test("AWS's authorization details: the decision and its policies as they were, each account its own half", async () => {
  await using server = await testServer();
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const encrypt = new EncryptCommand({ KeyId: KeyMetadata!.Arn!, Plaintext: Buffer.from("x") });
  const stranger = rootOf("111122223333");
  const error = await kms(server, stranger)
    .send(encrypt)
    .then(
      () => undefined,
      (thrown: KMSServiceException) => thrown,
    );
  const id = error!.$metadata.requestId!.replaceAll("-", "");
  const owner = await read<Details>(server, root, `/authorization-details/${id}`);
  assert.deepEqual(
    [owner.evaluations[0]!.action, owner.evaluations[0]!.evaluatedEffect],
    ["kms:Encrypt", "IMPLICIT_DENY"],
  );
  assert.deepEqual(owner.policies, [
    {
      type: "RESOURCE_BASED_POLICY",
      inline: true,
      uri: owner.policies[0]!.uri,
      attachedTo: [{ arn: KeyMetadata!.Arn }],
    },
  ]);
  const uri = encodeURIComponent(owner.policies[0]!.uri);
  const { policy } = await read<{ policy: string }>(
    server,
    root,
    `/authorization-details/${id}/policy?policyUri=${uri}`,
  );
  assert.match(policy, /Enable IAM User Permissions/);
  const caller = await read<Details>(server, stranger, `/authorization-details/${id}`);
  assert.deepEqual(caller.policies, []);
  assert.ok(!Object.keys(caller.requestContext).some((name) => name.startsWith("kms:key")));
  await assert.rejects(read(server, stranger, `/authorization-details/${id}/policy?policyUri=${uri}`), {
    code: "ResourceNotFoundException",
  });
  await assert.rejects(read(server, rootOf("999988887777"), `/authorization-details/${id}`), {
    code: "ResourceNotFoundException",
  });
  await assert.rejects(read(server, root, "/authorization-details/NO-ID"), { code: "ValidationException" });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ran } from "./cli-kit.ts";
import { testServer } from "./kit.ts";
import { awsEnvironment, boto3Missing } from "./outside-programs.ts";

const script = `
import boto3, json
kms, iam, sts = (boto3.client(name) for name in ("kms", "iam", "sts"))
key = kms.create_key(Description="boto", Tags=[{"TagKey": "team", "TagValue": "shop"}])["KeyMetadata"]
kms.create_alias(AliasName="alias/boto", TargetKeyId=key["KeyId"])
context = {"purpose": "test", "größe": "7"}
sealed = kms.encrypt(KeyId="alias/boto", Plaintext=b"attack at dawn", EncryptionContext=context)["CiphertextBlob"]
assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"] == b"attack at dawn"
try:
    kms.decrypt(CiphertextBlob=sealed)
    raise SystemExit("opened without its context")
except kms.exceptions.InvalidCiphertextException:
    pass
data = kms.generate_data_key(KeyId=key["Arn"], NumberOfBytes=64)
assert len(data["Plaintext"]) == 64
assert kms.decrypt(CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]
for number in range(4):
    kms.create_key()
assert sum(len(page["Keys"]) for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})) == 5
assert [a["AliasName"] for a in kms.list_aliases(KeyId=key["KeyId"])["Aliases"]] == ["alias/boto"]
assert kms.describe_key(KeyId="alias/boto")["KeyMetadata"]["CreationDate"].tzinfo is not None

iam.create_user(UserName="alice")
made = iam.create_access_key(UserName="alice")["AccessKey"]
alice = boto3.client("kms", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"])
try:
    alice.decrypt(CiphertextBlob=sealed, EncryptionContext=context)
    raise SystemExit("opened without a permission")
except alice.exceptions.ClientError as error:
    assert error.response["Error"]["Code"] == "AccessDeniedException", error
    assert "no identity-based policy allows the kms:Decrypt action" in error.response["Error"]["Message"], error
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key["Arn"],
            "Condition": {"StringEquals": {"kms:EncryptionContext:purpose": "test"}}}]}
iam.put_user_policy(UserName="alice", PolicyName="decrypt", PolicyDocument=json.dumps(document))
assert alice.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"] == b"attack at dawn"
session = sts.get_session_token()["Credentials"]
temporary = boto3.client("kms", aws_access_key_id=session["AccessKeyId"],
                         aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"])
assert temporary.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
print("done")
`;

test("boto3 encrypts, pages, is denied and allowed, and works with a session", { skip: boto3Missing }, async () => {
  await using server = await testServer();
  const { code, out, err } = await ran("python3", ["-c", script], awsEnvironment(server));
  assert.deepEqual([code, out, err], [0, "done\n", ""]);
});

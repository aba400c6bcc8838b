import type { Operation } from "../../../operation.ts";
import { defaultKey, settingsOf, withSettings } from "../../../volumes/settings.ts";
import { usableKey } from "../../../volumes/usable-key.ts";
import { accountSetting, told } from "../account-settings.ts";

/** `alias/aws/ebs` until somebody chose: the key behind it comes to be when it is first needed. */
export const getEbsDefaultKmsKeyId: Operation = accountSetting({
  name: "GetEbsDefaultKmsKeyId",
  readOnly: true,
  run: (_input, call) => ({ answer: { KmsKeyId: settingsOf(call).defaultKeyId ?? defaultKey } }),
});

interface Choice {
  readonly KmsKeyId: string;
}

export const modifyEbsDefaultKmsKeyId: Operation<Choice> = accountSetting<Choice>({
  name: "ModifyEbsDefaultKmsKeyId",
  readOnly: false,
  recorded: ({ KmsKeyId }) => ({ KmsKeyId }),
  run: async ({ KmsKeyId }, call) => {
    const { arn } = await usableKey(KmsKeyId, call);
    return {
      ...told("ModifyEbsDefaultKmsKeyId", { KmsKeyId: arn }, { kmsKeyId: arn }),
      changes: [withSettings(call, (before) => ({ ...before, defaultKeyId: arn }))],
    };
  },
});

/** Back to the account's AWS managed key, which is made if it was never needed before. */
export const resetEbsDefaultKmsKeyId: Operation = accountSetting({
  name: "ResetEbsDefaultKmsKeyId",
  readOnly: false,
  run: async (_input, call) => {
    const { arn } = await usableKey(defaultKey, call);
    return {
      ...told("ResetEbsDefaultKmsKeyId", { KmsKeyId: arn }, { kmsKeyId: arn }),
      changes: [withSettings(call, (before) => ({ ...before, defaultKeyId: arn }))],
    };
  },
});

import type { Operation } from "../../../operation.ts";
import { settingsOf, withSettings } from "../../../volumes/settings.ts";
import { accountSetting, told } from "../account-settings.ts";

export const getEbsEncryptionByDefault: Operation = accountSetting({
  name: "GetEbsEncryptionByDefault",
  readOnly: true,
  run: (_input, call) => {
    const { encryptByDefault } = settingsOf(call);
    return { answer: { EbsEncryptionByDefault: encryptByDefault, SseType: encryptByDefault ? "sse-kms" : "none" } };
  },
});

const switched = (name: string, encryptByDefault: boolean): Operation =>
  accountSetting({
    name,
    readOnly: false,
    run: (_input, call) => ({
      ...told(name, { EbsEncryptionByDefault: encryptByDefault }, { ebsEncryptionByDefault: encryptByDefault }),
      changes: [withSettings(call, (before) => ({ ...before, encryptByDefault }))],
    }),
  });

export const enableEbsEncryptionByDefault: Operation = switched("EnableEbsEncryptionByDefault", true);
export const disableEbsEncryptionByDefault: Operation = switched("DisableEbsEncryptionByDefault", false);

import type { Operation } from "../../../operation.ts";
import { settingsOf, withSettings } from "../../../volumes/settings.ts";
import { accountSetting, told } from "../account-settings.ts";
import { invalidValue } from "../refuse-ec2.ts";

/** Differs: an account that has chosen nothing may share images with everybody; AWS's newer accounts may not. */
export const getImageBlockPublicAccessState: Operation = accountSetting({
  name: "GetImageBlockPublicAccessState",
  readOnly: true,
  run: (_input, call) => {
    const ImageBlockPublicAccessState = settingsOf(call).imagePublicAccess ?? "unblocked";
    return { answer: { ImageBlockPublicAccessState, ManagedBy: "account" } };
  },
});

interface Block {
  readonly ImageBlockPublicAccessState: string;
}

const changed = (name: string, state: "unblocked" | "block-new-sharing") =>
  told(name, { ImageBlockPublicAccessState: state }, { imageBlockPublicAccessState: state });

export const enableImageBlockPublicAccess: Operation<Block> = accountSetting<Block>({
  name: "EnableImageBlockPublicAccess",
  readOnly: false,
  recorded: ({ ImageBlockPublicAccessState }) => ({ ImageBlockPublicAccessState }),
  run: ({ ImageBlockPublicAccessState: state }, call) => {
    if (state !== "block-new-sharing")
      return invalidValue(`Value (${state.slice(0, 64)}) for parameter ImageBlockPublicAccessState is invalid.`);
    return {
      ...changed("EnableImageBlockPublicAccess", state),
      changes: [withSettings(call, (before) => ({ ...before, imagePublicAccess: state }))],
    };
  },
});

export const disableImageBlockPublicAccess: Operation = accountSetting({
  name: "DisableImageBlockPublicAccess",
  readOnly: false,
  run: (_input, call) => ({
    ...changed("DisableImageBlockPublicAccess", "unblocked"),
    changes: [withSettings(call, (before) => ({ ...before, imagePublicAccess: "unblocked" }))],
  }),
});

import type { Operation } from "../../../operation.ts";
import { settingsOf, withSettings } from "../../../volumes/settings.ts";
import { accountSetting, told } from "../account-settings.ts";
import { invalidValue } from "../refuse-ec2.ts";

export const getSnapshotBlockPublicAccessState: Operation = accountSetting({
  name: "GetSnapshotBlockPublicAccessState",
  readOnly: true,
  run: (_input, call) => ({ answer: { State: settingsOf(call).publicAccess, ManagedBy: "account" } }),
});

interface Block {
  readonly State: string;
}

export const enableSnapshotBlockPublicAccess: Operation<Block> = accountSetting<Block>({
  name: "EnableSnapshotBlockPublicAccess",
  readOnly: false,
  recorded: ({ State }) => ({ State }),
  run: ({ State }, call) => {
    if (State !== "block-all-sharing" && State !== "block-new-sharing")
      return invalidValue(`Value (${State.slice(0, 64)}) for parameter State is invalid.`);
    return {
      ...told("EnableSnapshotBlockPublicAccess", { State }, { state: State }),
      changes: [withSettings(call, (before) => ({ ...before, publicAccess: State }))],
    };
  },
});

export const disableSnapshotBlockPublicAccess: Operation = accountSetting({
  name: "DisableSnapshotBlockPublicAccess",
  readOnly: false,
  run: (_input, call) => ({
    ...told("DisableSnapshotBlockPublicAccess", { State: "unblocked" }, { state: "unblocked" }),
    changes: [withSettings(call, (before) => ({ ...before, publicAccess: "unblocked" }))],
  }),
});

import { randomUUID } from "node:crypto";
import { type AccountTrail, type Delivery, everything } from "../../../deliveries/entities.ts";
import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import { reference } from "../../../store/entities.ts";
import { askTrail } from "../ask-trail.ts";
import { recorded } from "../recorded.ts";
import { trailsHere } from "../trails/find-trail.ts";
import { type SettingsInput, withSettings } from "../trails/settings.ts";
import { createdTrail } from "../trails/shown.ts";
import { type GivenTag, withTags } from "../trails/tags.ts";
import { checkTrailName, trailArn } from "../trails/trail-name.ts";

interface Input extends SettingsInput {
  S3BucketName: string;
  TagsList?: GivenTag[];
}

const trailsMost = 5;

/** A trail records nothing before StartLogging. Its bucket is a folder until there is one (deliveries/folder.ts). */
export const createTrail: Operation<Input, unknown, string> = {
  name: "CreateTrail",
  readOnly: false,
  requestParameters: recorded,
  find: ({ Name }, call) => trailArn(checkTrailName(Name), call),
  asks: ({ TagsList }, arn, call) => [
    askTrail("CreateTrail", arn, call),
    ...(TagsList && TagsList.length > 0 ? [askTrail("AddTags", arn, call)] : []),
  ],
  run: async (input, arn, call) => {
    checkPlace(arn, input.Name, call);
    const delivery = randomUUID();
    const trail = await withSettings(newTrail(input, arn, delivery, call), input, call);
    const state: Delivery = { arn };
    const answer = createdTrail(trail);
    const { entities } = call;
    const placement = { scope: trail.account, parent: trail.organizationId ?? "" };
    return {
      answer,
      changes: [
        entities.create("account-trail", arn, trail, placement),
        entities.create("trail-delivery", delivery, state, { scope: everything, parent: arn }),
      ],
      responseElements: recorded(answer),
    };
  },
};

function newTrail({ Name, TagsList }: Input, arn: string, delivery: string, call: Call): AccountTrail {
  return {
    name: Name,
    arn,
    account: call.caller.facts.account,
    homeRegion: call.region,
    bucket: "",
    globalServiceEvents: true,
    multiRegion: false,
    validation: false,
    tags: withTags([], TagsList ?? []),
    createdAt: call.now,
    logging: false,
    delivery,
    spans: 0,
  };
}

/** Throws TrailAlreadyExistsException, MaximumNumberOfTrailsExceededException. */
function checkPlace(arn: string, name: string, call: Call): void {
  const { account } = call.caller.facts;
  call.used.push(reference.row("account-trail", arn));
  const here = trailsHere(call).filter(({ content }) => content.account === account);
  if (here.some(({ content }) => content.arn === arn))
    refuse("TrailAlreadyExistsException", `Trail ${name} already exists for customer: ${account}`);
  if (here.length >= trailsMost)
    refuse(
      "MaximumNumberOfTrailsExceededException",
      `User: ${account} already has ${trailsMost} trails in ${call.region}.`,
      403,
    );
}

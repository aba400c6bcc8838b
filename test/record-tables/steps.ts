import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { userCaller } from "../../src/identity/principals.ts";
import { callAs } from "../../src/pipeline.ts";
import type { TestServer } from "../kit.ts";
import { account, addUser, type Person } from "../principals.ts";
import { asRoot, type Input, region } from "../sample-calls.ts";
import { filled } from "./expected.ts";
import { comparable, keepsSecrets, performed } from "./perform.ts";

/**
 * One call of a story and what CloudTrail is expected to say of it; texts in braces stand for values (expected.ts), and
 * `{CreateUser.User.Arn}` is from the answer of an earlier step.
 */
export interface Step {
  readonly operation: string;
  readonly input: Input;
  readonly readOnly: boolean;
  readonly parameters: object | null;
  readonly response?: object | null;
  /** ARNs. */
  readonly resources?: readonly string[];
  readonly category?: "Data";
  /** additionalEventData. */
  readonly data?: object;
  /** Nobody can be denied it. */
  readonly open?: true;
}

export const read = (operation: string, input: Input, parameters: object | null, more: Partial<Step> = {}): Step => ({
  operation,
  input,
  readOnly: true,
  parameters,
  ...more,
});
export const write = (
  operation: string,
  input: Input,
  parameters: object | null,
  response?: object | null,
  more: Partial<Step> = {},
): Step => ({
  operation,
  input,
  readOnly: false,
  parameters,
  ...(response !== undefined && { response }),
  ...more,
});

export interface Story {
  readonly service: string;
  readonly source: string;
  readonly awsRegion: string;
  /** What the steps refer to, made before. */
  readonly values?: Input;
  /** A user that may do everything asks, where root may not. */
  readonly byUser?: true;
  /** Awaited before each step. */
  readonly ready?: (operation: string, values: Input) => Promise<unknown>;
  readonly steps: readonly Step[];
}

const signs = { accountId: account, accessKeyId: "AKIA" };
const root = { type: "Root", principalId: account, arn: `arn:aws:iam::${account}:root`, ...signs };

/** Every step, first by somebody who may do nothing, then by root; each record whole. */
export async function tell(suite: TestContext, server: TestServer, story: Story): Promise<void> {
  const { service, source, awsRegion, steps } = story;
  const name = `nobody-${suite.name}`;
  const nobody = await addUser(server, name);
  const origin = { sourceAddress: "203.0.113.9", userAgent: "tests", secure: true };
  const as = (userName: string) => (operation: string, input: Input) => {
    const caller = userCaller(account, userName, "AKIA", origin, [], server.house.world)!;
    return callAs(server.house, () => ({ caller, region: awsRegion }), { service, operation, input });
  };
  const identityOf = ({ uniqueId, arn }: Person, userName: string) => ({
    type: "IAMUser",
    principalId: uniqueId,
    arn,
    ...signs,
    userName,
  });
  const asNobody = as(name);
  const user = identityOf(nobody, name);
  const admin = `admin-${suite.name}`;
  const asker = story.byUser ? identityOf(await addUser(server, admin, ["*"]), admin) : root;
  const asked = story.byUser ? as(admin) : asRoot(server, account, awsRegion, service);
  const values: Record<string, unknown> = { account, region, ...story.values };
  for (const step of steps)
    await suite.test(step.operation, async () => {
      const { operation, readOnly, parameters, response = null, resources = [], open, category, data } = step;
      await story.ready?.(operation, values);
      const input = filled(step.input, values);
      const kind = category && { eventCategory: category, managementEvent: false };
      const common = { eventSource: source, eventName: operation, awsRegion, readOnly, ...kind };
      if (!open) {
        const { error, told } = await performed(server, asNobody, operation, input);
        const denied = { errorCode: "AccessDenied", errorMessage: error!.message, requestParameters: null };
        const known = { resources: told[0]?.resources };
        assert.match(error!.message, /is not authorized to perform: /);
        assert.deepEqual(told.map(comparable), [whole({ ...common, ...denied, ...known, userIdentity: user })]);
      }
      const { answer, error, told } = await performed(server, asked, operation, input);
      assert.equal(error, undefined);
      values[operation] = answer;
      const put = (template: unknown): any => filled(template, { ...values, answer });
      const done = {
        requestParameters: put(parameters),
        responseElements: put(response),
        ...(data && { additionalEventData: put(data) }),
      };
      const made = (put(resources) as string[]).map(resource);
      assert.deepEqual(told.map(comparable), [whole({ ...common, ...done, resources: made, userIdentity: asker })]);
      keepsSecrets(told, input, answer);
    });
}

/** The same of all of these, which say nothing of resources themselves. */
export const on = (arn: string, ...steps: readonly Step[]): Step[] =>
  steps.map((step) => ({ resources: [arn], ...step }));

const types: Readonly<Record<string, string>> = {
  user: "AWS::IAM::User",
  role: "AWS::IAM::Role",
  group: "AWS::IAM::Group",
  policy: "AWS::IAM::Policy",
  "instance-profile": "AWS::IAM::InstanceProfile",
  snapshot: "AWS::EC2::Snapshot",
  trail: "AWS::CloudTrail::Trail",
};

function resource(ARN: string): object {
  const [kind = ""] = ARN.split(":").slice(5).join(":").split("/");
  return { ARN, accountId: ARN.split(":")[4] || account, ...(types[kind] !== undefined && { type: types[kind] }) };
}

const whole = (more: object): object => ({
  eventVersion: "1.11",
  sourceIPAddress: "203.0.113.9",
  userAgent: "tests",
  responseElements: null,
  eventType: "AwsApiCall",
  managementEvent: true,
  recipientAccountId: account,
  eventCategory: "Management",
  ...more,
});

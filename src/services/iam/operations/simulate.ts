import { parseArn } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import { authorityOf } from "../../../identity/authority.ts";
import { entityId, type Group, type Role, type User } from "../../../identity/entities.ts";
import { membershipOf } from "../../../identity/organization.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Authority, PrincipalFacts } from "../../../policy/decision.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { askIam } from "../ask-iam.ts";
import { noSuchEntity } from "../find-entity.ts";
import { recorded } from "../recorded.ts";
import { inputPolicies, simulate, type Simulated, type SimulationInput } from "../simulation.ts";
import { lowerName } from "../../../policy/lower-name.ts";

interface CustomInput extends SimulationInput {
  PolicyInputList: string[];
  PermissionsBoundaryPolicyInputList?: string[];
  CallerArn?: string;
}

/** Who simulates an operation with a resource policy: a user, for whom the policy may have a yes. */
function callerOf(arn: string | undefined, call: Call): PrincipalFacts {
  const { account } = call.caller.facts;
  if (arn === undefined) return factsOf(`arn:aws:iam::${account}:user/simulated`, account, "");
  const parsed = parseArn(arn);
  if (parsed?.service !== "iam" || !/^user\/./.test(parsed.resource))
    return refuse("InvalidInputException", "CallerArn must be the ARN of an IAM user.");
  return factsOf(arn, parsed.account, arn);
}

const factsOf = (arn: string, account: string, uniqueId: string): PrincipalFacts => ({
  kind: arn.includes(":role/") ? "role-session" : "user",
  account,
  arn,
  principalArn: arn,
  uniqueId,
  userId: uniqueId,
});

const withBoundary = (authority: Authority, texts: readonly string[] | undefined): Authority => {
  const [boundary] = inputPolicies(texts, "PermissionsBoundaryPolicyInputList", "identity");
  return boundary ? { ...authority, boundary } : authority;
};

export const simulateCustomPolicy: Operation<CustomInput> = {
  name: "SimulateCustomPolicy",
  readOnly: true,
  requestParameters: (input) => recorded(input),
  find: () => undefined,
  asks: (_input, _found, call) => [askIam("SimulateCustomPolicy", call)],
  run: (input, _found, call) => {
    const caller = callerOf(input.CallerArn, call);
    const identity = inputPolicies(input.PolicyInputList, "PolicyInputList", "identity");
    const authority = withBoundary({ identity }, input.PermissionsBoundaryPolicyInputList);
    return { answer: simulate(input, { caller, authority, context: new Map(), controlled: false }) };
  },
};

interface PrincipalInput extends Omit<CustomInput, "PolicyInputList"> {
  PolicySourceArn: string;
  PolicyInputList?: string[];
}

export const simulatePrincipalPolicy: Operation<PrincipalInput, unknown, undefined> = {
  name: "SimulatePrincipalPolicy",
  readOnly: true,
  requestParameters: (input) => recorded(input),
  find: () => undefined,
  asks: ({ PolicySourceArn }, _found, call) => [askIam("SimulatePrincipalPolicy", call, PolicySourceArn)],
  run: (input, _found, call) => {
    const simulated = simulatedOf(input, sourceOf(input.PolicySourceArn, call), call);
    return { answer: simulate(input, simulated) };
  },
};

/** A user, group or role of the caller's account. Throws InvalidInput, NoSuchEntity. */
function sourceOf(given: string, call: Call): Entity<User | Role | Group> {
  const arn = parseArn(given);
  const [kind = "", ...path] = arn?.resource.split("/") ?? [];
  const { account } = call.caller.facts;
  if (arn?.service !== "iam" || !["user", "role", "group"].includes(kind) || arn.account !== account)
    return refuse("InvalidInputException", `Invalid Entity Arn: ${given}`);
  const id = entityId(account, path.at(-1) ?? "");
  call.used.push(reference.row(kind, id));
  const entity = call.entities.get<User | Role | Group>(kind, id);
  return entity?.content.arn === given ? entity : noSuchEntity(`The ${kind} with name ${path.at(-1)} cannot be found.`);
}

function simulatedOf(input: PrincipalInput, source: Entity<User | Role | Group>, call: Call): Simulated {
  const { arn, account, uniqueId, name, tags } = source.content;
  const caller = input.CallerArn === undefined ? factsOf(arn, account, uniqueId) : callerOf(input.CallerArn, call);
  const own = authorityOf(source, call);
  const identity = [...own.identity, ...inputPolicies(input.PolicyInputList, "PolicyInputList", "identity")];
  const controls = membershipOf(account, call)?.controls.SERVICE_CONTROL_POLICY;
  const authority = { ...own, identity, ...(controls && { serviceControl: controls }) };
  const context = new Map<string, string>([
    ["aws:principalarn", caller.principalArn],
    ["aws:principalaccount", caller.account],
    ["aws:principaltype", caller.kind === "user" ? "User" : "AssumedRole"],
    ["kms:calleraccount", caller.account],
    ...tags.map(({ Key, Value }) => [`aws:principaltag/${lowerName(Key)}`, Value] as const),
  ]);
  if (caller.arn === arn && caller.kind === "user") context.set("aws:username", name).set("aws:userid", uniqueId);
  return {
    caller,
    authority: withBoundary(authority, input.PermissionsBoundaryPolicyInputList),
    context,
    controlled: controls !== undefined,
  };
}

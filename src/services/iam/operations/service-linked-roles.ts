import { randomUUID } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Role } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import { reference } from "../../../store/store.ts";
import { askIam } from "../ask-iam.ts";
import { entityArn, roles } from "../entity-kinds.ts";
import { findEntity, type Found, noSuchEntity, onEntity } from "../find-entity.ts";
import { creation, deletion, newEntity } from "../new-entity.ts";
import { recorded } from "../recorded.ts";
import { acceptTrust } from "../trust-policy.ts";
import { profilesOf, shownRole } from "./roles.ts";

interface CreateInput {
  AWSServiceName: string;
  Description?: string;
  CustomSuffix?: string;
}

/** What AWS calls the roles of services whose name does not say it. */
const roleNames: Readonly<Record<string, string>> = {
  autoscaling: "AutoScaling",
  backup: "Backup",
  "cks.kms": "KeyManagementServiceCustomKeyStores",
  cloudtrail: "CloudTrail",
  "dynamodb.application-autoscaling": "ApplicationAutoScaling_DynamoDBTable",
  ecs: "ECS",
  eks: "AmazonEKS",
  elasticache: "ElastiCache",
  elasticbeanstalk: "ElasticBeanstalk",
  elasticloadbalancing: "ElasticLoadBalancing",
  es: "AmazonElasticsearchService",
  "mrk.kms": "KeyManagementServiceMultiRegionKeys",
  opensearchservice: "AmazonOpenSearchService",
  organizations: "Organizations",
  rds: "RDS",
  spot: "EC2Spot",
  spotfleet: "EC2SpotFleet",
};

/** `autoscaling.amazonaws.com` → `AutoScaling`; of a service that is not in the table, its own name in capitals. */
function linkedName(service: string): string {
  const short = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.amazonaws\.com$/.exec(service)?.[1];
  if (short === undefined) return refuse("InvalidInputException", `Invalid service principal: ${service}`);
  const spelled = short.replace(/(?:^|[.-])([a-z0-9])/g, (_part, first: string) => first.toUpperCase());
  return Object.hasOwn(roleNames, short) ? roleNames[short]! : spelled;
}

const pathOf = ({ AWSServiceName }: CreateInput): string => `/aws-service-role/${AWSServiceName}/`;

function roleName({ AWSServiceName, CustomSuffix }: CreateInput): string {
  const suffix = CustomSuffix === undefined ? "" : `_${CustomSuffix}`;
  const name = `AWSServiceRoleFor${linkedName(AWSServiceName)}${suffix}`;
  return name.length <= 64 ? name : refuse("InvalidInputException", `Service role name ${name} is longer than 64.`);
}

const trustOf = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });

export const createServiceLinkedRole: Operation<CreateInput, unknown, Found<Role>> = {
  name: "CreateServiceLinkedRole",
  readOnly: false,
  requestParameters: recorded,
  find: (input, call) => {
    const found = findEntity(roles, roleName(input), call);
    return { ...found, arn: entityArn("role", call.caller.facts.account, pathOf(input), found.name) };
  },
  resources: ({ arn }, call) => [{ accountId: call.caller.facts.account, type: roles.resourceType, ARN: arn }],
  asks: ({ AWSServiceName }, { arn }, call) => [
    askIam("CreateServiceLinkedRole", call, arn, [["iam:awsservicename", AWSServiceName]]),
  ],
  run: (input, { name, entity }, call) => {
    if (entity)
      refuse(
        "InvalidInputException",
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      );
    const { AWSServiceName: service, Description } = input;
    const role: Role = {
      ...newEntity(roles, { name, path: pathOf(input) }, call),
      inline: {},
      attached: [],
      trust: acceptTrust(trustOf(service), call),
      maxSessionSeconds: 3600,
      linkedService: service,
      ...(Description !== undefined && { description: Description }),
    };
    const answer = { Role: shownRole(role, call) };
    return { answer, changes: creation(roles, role, call), responseElements: recorded(answer) };
  },
};

/** kind "deletion-task", id = the task's id, scope = account. */
interface DeletionTask {
  status: "SUCCEEDED";
}

/** Nothing here uses such a role without a session of it: the task is done when it is given out. */
export const deleteServiceLinkedRole: Operation = onEntity<Role, { RoleName: string }>(roles, {
  name: "DeleteServiceLinkedRole",
  ofLinked: true,
  run: (_input, role, call) => {
    const { linkedService, name, account } = role.content;
    if (linkedService === undefined || profilesOf(role, call).length > 0)
      refuse("InvalidInputException", `The role ${name} is not a service-linked role.`);
    const DeletionTaskId = `task/aws-service-role/${linkedService}/${name}/${randomUUID()}`;
    const task: DeletionTask = { status: "SUCCEEDED" };
    const made = call.entities.create("deletion-task", DeletionTaskId, task, { scope: account });
    const answer = { DeletionTaskId };
    return { answer, changes: [...deletion(role, call), made], responseElements: recorded(answer) };
  },
});

const readTask = (id: string, call: Call): DeletionTask | undefined => {
  call.used.push(reference.row("deletion-task", id));
  const task = call.entities.get<DeletionTask>("deletion-task", id);
  return task?.row.scope === call.caller.facts.account ? task.content : undefined;
};

export const getServiceLinkedRoleDeletionStatus: Operation<{ DeletionTaskId: string }, unknown, undefined> = {
  name: "GetServiceLinkedRoleDeletionStatus",
  readOnly: true,
  requestParameters: recorded,
  find: () => undefined,
  asks: ({ DeletionTaskId }, _found, call) => {
    const [, , service = "", name = ""] = DeletionTaskId.split("/");
    const path = `/aws-service-role/${service}/`;
    return [
      askIam("GetServiceLinkedRoleDeletionStatus", call, entityArn("role", call.caller.facts.account, path, name)),
    ];
  },
  run: ({ DeletionTaskId }, _found, call) => {
    const task = readTask(DeletionTaskId, call);
    if (!task) return noSuchEntity(`Deletion task ${DeletionTaskId} cannot be found.`);
    return { answer: { Status: task.status } };
  },
};

import { parseArn } from "../../arn.ts";
import type { OpenIdProvider } from "../../identity/entities.ts";
import type { Call, Operation, Outcome } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { askIam, type Values } from "./ask-iam.ts";
import { noSuchEntity } from "./find-entity.ts";
import { recorded } from "./recorded.ts";
import { ownTagValues } from "./tags.ts";

export interface ProviderInput {
  OpenIDConnectProviderArn: string;
}

export function readProvider(arn: string, call: Call): Entity<OpenIdProvider> | undefined {
  call.used.push(reference.row("oidc-provider", arn));
  return call.entities.get<OpenIdProvider>("oidc-provider", arn);
}

type Found = Entity<OpenIdProvider> | undefined;

/** An operation on one OpenID Connect provider that its request names by ARN. */
export function onProvider<I extends object>(
  name: string,
  run: (input: I, provider: Entity<OpenIdProvider>, call: Call) => Outcome<unknown>,
  values: (input: I) => Values = () => [],
): Operation<I & ProviderInput, unknown, Found> {
  return {
    name,
    readOnly: /^(Get|List)/.test(name),
    requestParameters: recorded,
    find: ({ OpenIDConnectProviderArn: arn }, call) => readProvider(arn, call),
    asks: (input, found, call) => {
      const { OpenIDConnectProviderArn: arn } = input;
      const ask = askIam(name, call, arn, [...ownTagValues(found?.content.tags), ...values(input)]);
      // Another account's providers are nobody's business here: the question alone is refused.
      return [{ ...ask, resourceAccount: parseArn(arn)?.account ?? "" }];
    },
    run: (input, found, call) =>
      run(
        input,
        found ?? noSuchEntity(`OpenIDConnect Provider not found for arn ${input.OpenIDConnectProviderArn}`),
        call,
      ),
  };
}

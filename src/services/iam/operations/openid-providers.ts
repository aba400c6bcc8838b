import { iamArn, parseArn } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import type { OpenIdProvider, Tag } from "../../../identity/entities.ts";
import type { Operation } from "../../../operation.ts";
import { reference } from "../../../store/store.ts";
import { askIam } from "../ask-iam.ts";
import { alreadyExists, overLimit } from "../find-entity.ts";
import type { Paging } from "../pagination.ts";
import { onProvider, type ProviderInput, readProvider } from "../on-provider.ts";
import { recorded } from "../recorded.ts";
import { newTags, requestTagValues, withoutTags, withTags } from "../tags.ts";
import { shownTags, tagKeyValues } from "./tags.ts";

const clientIdsMost = 100;
const thumbprintsMost = 5;

interface CreateInput {
  Url: string;
  ClientIDList?: string[];
  ThumbprintList?: string[];
  Tags?: Tag[];
}

/**
 * What follows `https://`: a host and a path, no query, no credentials. Differs: a port is taken; issuers of one's own
 * have them.
 */
function issuerOf(url: string): string {
  const issuer = /^https:\/\/([A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[\w.~-]+)*\/?)$/.exec(url)?.[1];
  if (issuer === undefined || issuer.split("/").some((part) => part === "." || part === ".."))
    return refuse("ValidationException", "Invalid Open ID Connect Provider URL");
  return issuer;
}

function checkThumbprints(list: readonly string[]): string[] {
  if (list.length > thumbprintsMost)
    refuse("InvalidInputException", "Thumbprint list must contain fewer than 5 entries.");
  if (list.some((print) => !/^[0-9a-fA-F]{40}$/.test(print)))
    refuse("ValidationException", "Thumbprints are 40 hexadecimal digits.");
  return [...list];
}

const withinLimit = (clientIds: readonly string[]): string[] => {
  const unique = [...new Set(clientIds)];
  if (unique.length > clientIdsMost)
    overLimit(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${clientIdsMost}`);
  return unique;
};

const create: Operation<CreateInput, unknown, string> = {
  name: "CreateOpenIDConnectProvider",
  readOnly: false,
  requestParameters: recorded,
  find: ({ Url }, call) => iamArn(call.caller.facts.account, `oidc-provider/${issuerOf(Url)}`),
  asks: ({ Tags }, arn, call) => {
    const names = ["CreateOpenIDConnectProvider", ...(Tags && Tags.length > 0 ? ["TagOpenIDConnectProvider"] : [])];
    return names.map((name) => askIam(name, call, arn, requestTagValues(Tags)));
  },
  run: ({ Url, ClientIDList = [], ThumbprintList = [], Tags }, arn, call) => {
    if (readProvider(arn, call)) alreadyExists(`Provider with url ${Url} already exists.`);
    const { account } = call.caller.facts;
    const provider: OpenIdProvider = {
      account,
      arn,
      url: issuerOf(Url),
      clientIds: withinLimit(ClientIDList),
      thumbprints: checkThumbprints(ThumbprintList),
      createdAt: call.now,
      tags: newTags(Tags),
    };
    const answer = { OpenIDConnectProviderArn: arn, ...(provider.tags.length > 0 && { Tags: provider.tags }) };
    const changes = [call.entities.create("oidc-provider", arn, provider, { scope: account })];
    return { answer, changes, responseElements: recorded(answer) };
  },
};

const get: Operation = onProvider<object>("GetOpenIDConnectProvider", (_input, { content }) => ({
  answer: {
    Url: content.url,
    ClientIDList: content.clientIds,
    ThumbprintList: content.thumbprints,
    CreateDate: content.createdAt,
    ...(content.tags.length > 0 && { Tags: content.tags }),
  },
}));

const list: Operation = {
  name: "ListOpenIDConnectProviders",
  readOnly: true,
  requestParameters: () => null,
  find: () => undefined,
  asks: (_input, _found, call) => [
    askIam("ListOpenIDConnectProviders", call, iamArn(call.caller.facts.account, "oidc-provider/")),
  ],
  run: (_input, _found, call) => {
    const page = { after: "", limit: 1000 };
    const found = call.entities.listByScope<OpenIdProvider>("oidc-provider", call.caller.facts.account, page);
    return { answer: { OpenIDConnectProviderList: found.map(({ content }) => ({ Arn: content.arn })) } };
  },
};

/** A provider that is not there is gone already. */
const remove: Operation<ProviderInput, unknown, string> = {
  name: "DeleteOpenIDConnectProvider",
  readOnly: false,
  requestParameters: recorded,
  find: ({ OpenIDConnectProviderArn: arn }) => arn,
  asks: (_input, arn, call) => [
    { ...askIam("DeleteOpenIDConnectProvider", call, arn), resourceAccount: parseArn(arn)?.account ?? "" },
  ],
  run: (_input, arn, call) => {
    call.used.push(reference.row("oidc-provider", arn));
    const provider = readProvider(arn, call);
    return { answer: {}, changes: provider ? [call.entities.delete(provider)] : [] };
  },
};

type Change<I> = (input: I, content: OpenIdProvider) => Partial<OpenIdProvider>;

const changing = <I extends object>(name: string, change: Change<I>, values?: Parameters<typeof onProvider<I>>[2]) =>
  onProvider<I>(
    name,
    (input, provider, call) => ({
      answer: {},
      changes: [call.entities.put(provider, { ...provider.content, ...change(input, provider.content) })],
    }),
    values,
  );

export const openIdProviderOperations: readonly Operation[] = [
  create,
  get,
  list,
  remove,
  changing<{ ThumbprintList: string[] }>("UpdateOpenIDConnectProviderThumbprint", ({ ThumbprintList }) => ({
    thumbprints: checkThumbprints(ThumbprintList),
  })),
  changing<{ ClientID: string }>("AddClientIDToOpenIDConnectProvider", ({ ClientID }, { clientIds }) => ({
    clientIds: withinLimit([...clientIds, ClientID]),
  })),
  changing<{ ClientID: string }>("RemoveClientIDFromOpenIDConnectProvider", ({ ClientID }, { clientIds }) => ({
    clientIds: clientIds.filter((id) => id !== ClientID),
  })),
  changing<{ Tags: Tag[] }>(
    "TagOpenIDConnectProvider",
    ({ Tags }, { tags }) => ({ tags: withTags(tags, Tags) }),
    ({ Tags }) => requestTagValues(Tags),
  ),
  changing<{ TagKeys: string[] }>(
    "UntagOpenIDConnectProvider",
    ({ TagKeys }, { tags }) => ({ tags: withoutTags(tags, TagKeys) }),
    tagKeyValues,
  ),
  onProvider<Paging>("ListOpenIDConnectProviderTags", (input, { content }, call) => ({
    answer: shownTags(content, input, call),
  })),
];

import type { CompiledPolicy, Statement } from "./compile.ts";
import type { Condition } from "./conditions.ts";
import { decide } from "./decide.ts";
import type { Because, PolicySource, Question } from "./decision.ts";
import { lowerName } from "./lower-name.ts";

/** Could it be allowed, by some call of this caller? Never no where the engine could say yes. */
export interface Possible {
  readonly because: Because;
  /** The identity policy that is needed beside the key policy or the grant. */
  readonly through?: Because;
  /** What the call would have to meet, and what it would have to avoid. */
  readonly when: readonly string[];
  readonly unless: readonly string[];
}

/**
 * Decides with the benefit of the doubt: a condition on a key whose value is not known (`known` says which are) is
 * met by an Allow and escaped from by a Deny. Undefined: no call of this caller is allowed.
 */
export function possible(question: Question, known: (name: string) => boolean): Possible | undefined {
  const doubts = new Map<string, readonly string[]>();
  const unless = new Set<string>();
  const doubting = (source: PolicySource): PolicySource => {
    const whole = source.policy;
    const kept = (statement: Statement): Statement[] => {
      const open = statement.conditions.filter((condition) => !decidable(condition, known));
      const vague = statement.vague;
      if (open.length === 0 && !vague) return [statement];
      const texts = open.map(({ operator, key, values }) => `${operator} ${key} ${values.join(" or ")}`);
      if (vague) texts.push("the resource named with variables");
      if (statement.effect === "Deny") {
        unless.add(`${texts.join(" and ")} ("${statement.name}" of ${source.name})`);
        return [];
      }
      doubts.set(`${source.name}\n${statement.name}`, texts);
      const conditions = statement.conditions.filter((condition) => decidable(condition, known));
      return [{ ...statement, conditions, ...(vague && { resource: () => true }) }];
    };
    const policy: CompiledPolicy = {
      ...whole,
      statements: whole.statements.flatMap(kept),
      about: (action) => whole.about(action).flatMap(kept),
    };
    return { ...source, policy };
  };
  const asked = mapped(question, doubting);
  const { allowed, because } = decide(asked);
  if (!allowed) return undefined;
  const through = needed(asked);
  const when = [because, through].flatMap((one) => (one ? (doubts.get(`${one.policy}\n${one.statement}`) ?? []) : []));
  return { because, ...(through && { through }), when, unless: [...unless] };
}

/** The identity policy's statement, when nothing would be allowed without it. */
function needed(asked: Question): Because | undefined {
  if (asked.caller.kind === "root") return undefined;
  const silent = { ...asked, authority: { ...asked.authority, identity: [] } };
  if (decide(silent).allowed) return undefined;
  const { resourcePolicy: _policy, resourceControl: _control, ...own } = asked;
  return decide({ ...own, trust: "identity", resourceAccount: asked.caller.account }).because;
}

/** Its key is known, and so are the variables in its values. */
function decidable({ key, values }: Condition, known: (name: string) => boolean): boolean {
  if (!known(lowerName(key))) return false;
  return values.every((value) =>
    [...value.matchAll(/\$\{([^},]{1,512})/g)].every(
      ([, name = ""]) => /^[*?$]$/.test(name) || known(lowerName(name.trim())),
    ),
  );
}

function mapped(question: Question, change: (source: PolicySource) => PolicySource): Question {
  const { authority, resourcePolicy, resourceControl } = question;
  const { boundary, session, serviceControl } = authority;
  return {
    ...question,
    ...(resourcePolicy && { resourcePolicy: change(resourcePolicy) }),
    ...(resourceControl && { resourceControl: resourceControl.map(change) }),
    authority: {
      identity: authority.identity.map(change),
      ...(boundary && { boundary: change(boundary) }),
      ...(session && { session: session.map(change) }),
      ...(serviceControl && { serviceControl: serviceControl.map((level) => level.map(change)) }),
    },
  };
}

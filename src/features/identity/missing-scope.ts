/**
 * Explains a refusal by what the token lacks. It evaluates the access rules for the same account with other tokens, so
 * no rule is declared twice. If no token of the account would help, the response reveals nothing.
 */
import {
  type Ability,
  type AbilityRules,
  type Action,
  abilityOf,
  type RequestAttributes,
  type Subject,
} from "#core/contract/ability.ts";
import type { Principal } from "#core/contract/principal.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { challenge } from "./challenge.ts";

type KnownPrincipal = Exclude<Principal, { kind: "anonymous" }>;

interface Origin {
  readonly principal: Principal;
  readonly rules: readonly AbilityRules[];
  readonly request: RequestAttributes;
  readonly scopes: Scopes;
  /** The service's origin. */
  readonly origin: string;
}

/** The reason why this token is refused, although another token of the same account would be accepted. */
export interface Obstacle {
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
}

const origins = new WeakMap<Ability, Origin>();

/** The ability of `principal`, in a form that `obstacleTo` can explain. */
export function explainableAbility(
  principal: Principal,
  rules: readonly AbilityRules[],
  { now, address, scopes, origin }: RequestAttributes & Pick<Origin, "scopes" | "origin">,
): Ability {
  const request = { now, address };
  const ability = abilityOf(principal, rules, request);
  origins.set(ability, { principal, rules, request, scopes, origin });
  return ability;
}

/** The obstacle to the action. `name` is the subject's name in a sentence. Undefined if no other token would help. */
export function obstacleTo(ability: Ability, action: Action, subject: Subject, name: string): Obstacle | undefined {
  const known = origins.get(ability);
  if (known === undefined || known.principal.kind === "anonymous") return undefined;
  const { principal, rules, request, scopes: declared, origin } = known;
  const mayAs = (other: KnownPrincipal) => abilityOf(other, rules, request).can(action, subject);
  if (principal.isBound === true && mayAs({ ...principal, isBound: false })) {
    const detail = `An access token that is bound to a key (DPoP) may not ${action} ${name}, because the result would not be bound.`;
    return { detail, headers: {} };
  }
  const absent = Object.keys(declared).filter((name) => !principal.scopes.includes(name));
  const missing = missingScopes((scopes) => mayAs({ ...principal, scopes }), principal.scopes, absent);
  if (missing.length === 0) return undefined;
  const scope = missing.join(" ");
  const scheme = principal.isBound === true ? "DPoP" : "Bearer";
  return {
    detail: `To ${action} ${name}, the access token needs the scope${missing.length === 1 ? "" : "s"} ${missing.map((one) => `\`${one}\``).join(", ")}.`,
    headers: challenge(origin, { error: "insufficient_scope", scope }, scheme),
  };
}

/**
 * The smallest set of scopes to add: one scope if it suffices, otherwise every scope that the others cannot replace.
 */
function missingScopes(
  suffices: (scopes: readonly string[]) => boolean,
  held: readonly string[],
  absent: readonly string[],
): readonly string[] {
  const alone = absent.find((scope) => suffices([...held, scope]));
  if (alone !== undefined) return [alone];
  if (!suffices([...held, ...absent])) return [];
  return absent.filter((scope) => !suffices([...held, ...absent.filter((other) => other !== scope)]));
}

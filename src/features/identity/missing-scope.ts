/**
 * What a token lacks. The rules themselves are asked, as they would answer to the same account with another token, so
 * that no rule has to be declared twice, and an account that may not do it with any token learns nothing.
 */
import {
  type Ability,
  type AbilityRules,
  type Action,
  abilityOf,
  type RequestAttributes,
  type Subject,
} from "#core/contract/ability.ts";
import { type Principal, SCOPES, type Scope } from "#core/contract/principal.ts";
import { challenge } from "./challenge.ts";

type KnownPrincipal = Exclude<Principal, { kind: "anonymous" }>;

interface Origin {
  readonly principal: Principal;
  readonly rules: readonly AbilityRules[];
  readonly request: RequestAttributes;
  /** The service's own. */
  readonly origin: string;
}

/** Why a token does not do, where another one of the same account would. */
export interface Obstacle {
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
}

const origins = new WeakMap<Ability, Origin>();

/** What `principal` may do, made such that `obstacleTo` can explain it. `origin` is the service's own. */
export function explainableAbility(
  principal: Principal,
  rules: readonly AbilityRules[],
  request: RequestAttributes,
  origin: string,
): Ability {
  const ability = abilityOf(principal, rules, request);
  origins.set(ability, { principal, rules, request, origin });
  return ability;
}

/** What is in the way of the action. `name` is the subject's in a sentence. Undefined where no other token would help. */
export function obstacleTo(ability: Ability, action: Action, subject: Subject, name: string): Obstacle | undefined {
  const known = origins.get(ability);
  if (known === undefined || known.principal.kind === "anonymous") return undefined;
  const { principal, rules, request, origin } = known;
  const mayAs = (other: KnownPrincipal) => abilityOf(other, rules, request).can(action, subject);
  if (principal.isBound === true && mayAs({ ...principal, isBound: false })) {
    const detail = `An access token that is bound to a key (DPoP) may not ${action} ${name}: the result would not be bound.`;
    return { detail, headers: {} };
  }
  const missing = missingScopes((scopes) => mayAs({ ...principal, scopes }), principal.scopes);
  if (missing.length === 0) return undefined;
  const scope = missing.join(" ");
  const scheme = principal.isBound === true ? "DPoP" : "Bearer";
  return {
    detail: `To ${action} ${name}, the access token needs the scope${missing.length === 1 ? "" : "s"} ${missing.map((one) => `\`${one}\``).join(", ")}.`,
    headers: challenge(origin, { error: "insufficient_scope", scope }, scheme),
  };
}

/** The fewest scopes that would have to be added: one that is enough alone, or those that all others do not replace. */
function missingScopes(suffices: (scopes: readonly string[]) => boolean, held: readonly string[]): Scope[] {
  const absent = SCOPES.filter((scope) => !held.includes(scope));
  const alone = absent.find((scope) => suffices([...held, scope]));
  if (alone !== undefined) return [alone];
  if (!suffices([...held, ...absent])) return [];
  return absent.filter((scope) => !suffices([...held, ...absent.filter((other) => other !== scope)]));
}

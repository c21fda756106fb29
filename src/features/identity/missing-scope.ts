/**
 * Which scope a token lacks. The rules themselves are asked, with one scope more than the principal has, so that no
 * rule has to be declared twice and an account that may not do it with any scope is told nothing.
 */
import {
  type Ability,
  type AbilityRules,
  type Action,
  abilityOf,
  type RequestAttributes,
} from "#core/contract/ability.ts";
import { type Principal, SCOPES, type Scope } from "#core/contract/principal.ts";

interface Origin {
  readonly principal: Principal;
  readonly rules: readonly AbilityRules[];
  readonly request: RequestAttributes;
}

const origins = new WeakMap<Ability, Origin>();

/** What `principal` may do, made such that `missingScope` can explain it. */
export function explainableAbility(
  principal: Principal,
  rules: readonly AbilityRules[],
  request: RequestAttributes,
): Ability {
  const ability = abilityOf(principal, rules, request);
  origins.set(ability, { principal, rules, request });
  return ability;
}

/** The one scope with which the same account could do it. Undefined where no single scope would help. */
export function missingScope(ability: Ability, action: Action, subject: string): Scope | undefined {
  const origin = origins.get(ability);
  if (origin === undefined || origin.principal.kind === "anonymous") return undefined;
  const { principal, rules, request } = origin;
  return SCOPES.find((scope) =>
    abilityOf({ ...principal, scopes: [...principal.scopes, scope] }, rules, request).can(action, subject),
  );
}

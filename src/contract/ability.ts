/**
 * What a principal may do: CASL rules over attributes of principal and resource, down to fields. Each resource
 * declares its own beside its contract; `abilityOf` puts those of all resources together for one principal.
 */
import { AbilityBuilder, createMongoAbility, type MongoAbility } from "@casl/ability";
import type { Principal } from "./principal.ts";

export type Action = "list" | "read" | "create" | "update" | "delete" | "snapshot";

/**
 * What is asked about: a collection by its name, or one resource's members, tagged with that name. What is not tagged
 * is of no collection, and nothing is permitted with it.
 */
export type Subject = string | Record<string, unknown>;

export type Ability = MongoAbility<[Action, Subject]>;

/** Declares what `principal` may do with one resource. What is not declared is not permitted. */
export type AbilityRules = (principal: Principal, allow: AbilityBuilder<Ability>["can"]) => void;

/** Callers without credentials may all do the same, wherever they are. */
const NOBODY: Principal = { kind: "anonymous", address: "" };
const anonymousAbilities = new WeakMap<readonly AbilityRules[], Ability>();

export function abilityOf(principal: Principal, rules: readonly AbilityRules[]): Ability {
  if (principal.kind !== "anonymous") return makeAbility(principal, rules);
  const known = anonymousAbilities.get(rules) ?? makeAbility(NOBODY, rules);
  anonymousAbilities.set(rules, known);
  return known;
}

function makeAbility(principal: Principal, rules: readonly AbilityRules[]): Ability {
  const { can, build } = new AbilityBuilder<Ability>(createMongoAbility);
  for (const declare of rules) declare(principal, can);
  return build();
}

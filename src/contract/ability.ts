/**
 * What a principal may do: CASL rules over attributes of principal and resource, down to fields. Each resource
 * declares its own beside its contract; `abilityOf` puts those of all resources together for one principal.
 */
import { AbilityBuilder, createMongoAbility, type MongoAbility } from "@casl/ability";
import type { Principal } from "./principal.ts";

export type Action = "list" | "read" | "create" | "update" | "delete" | "snapshot";
export type Ability = MongoAbility<[Action, string]>;

/** Declares what `principal` may do with one resource. What is not declared is not permitted. */
export type AbilityRules = (principal: Principal, allow: AbilityBuilder<Ability>["can"]) => void;

export function abilityOf(principal: Principal, rules: readonly AbilityRules[]): Ability {
  const { can, build } = new AbilityBuilder<Ability>(createMongoAbility);
  for (const declare of rules) declare(principal, can);
  return build();
}

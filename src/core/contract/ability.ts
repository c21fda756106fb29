/**
 * What a principal may do: CASL rules over attributes of the principal and the resource, down to fields. Each module
 * declares the rules of its resources. `abilityOf` combines the rules of all modules for one principal.
 */
import { AbilityBuilder, createMongoAbility, type MongoAbility } from "@casl/ability";
import type { Principal } from "./principal.ts";

/**
 * The actions that rules can permit. A module adds the actions of its resource:
 *
 * @example
 * declare module "#core/contract/ability.ts" {
 *   interface Actions {
 *     publish: true;
 *   }
 * }
 */
export interface Actions {
  list: true;
  read: true;
  create: true;
  update: true;
  delete: true;
  snapshot: true;
  rotate: true;
  extend: true;
}

export type Action = keyof Actions;

/**
 * What a rule is about: a collection by name, or one resource's members tagged with that name. Untagged members belong
 * to no collection, so nothing is permitted on them.
 */
export type Subject = string | Record<string, unknown>;

export type Ability = MongoAbility<[Action, Subject]>;

/** The attributes of the request that rules may use. */
export interface RequestAttributes {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The client's IP address. */
  readonly address: string;
}

/**
 * Declares what `principal` may do with one resource. Anything not declared is forbidden. All anonymous callers have
 * the same rights, because their requests carry no identity.
 */
export type AbilityRules = (
  principal: Principal,
  allow: AbilityBuilder<Ability>["can"],
  request: RequestAttributes,
) => void;

/**
 * Whether the principal may read every resource of the collection and all its fields. All such principals see the same
 * list.
 */
export function readsEverything(ability: Ability, collection: string): boolean {
  const rules = ability.possibleRulesFor("read", collection);
  const isWhole = (rule: (typeof rules)[number]) => rule.conditions === undefined && rule.fields === undefined;
  return rules.some((rule) => !rule.inverted && isWhole(rule)) && rules.every((rule) => !rule.inverted);
}

const NOBODY: Principal = { kind: "anonymous", address: "" };
const NOWHERE: RequestAttributes = { now: 0, address: "" };
const anonymousAbilities = new WeakMap<readonly AbilityRules[], Ability>();

export function abilityOf(
  principal: Principal,
  rules: readonly AbilityRules[],
  request: RequestAttributes = NOWHERE,
): Ability {
  if (principal.kind !== "anonymous") return makeAbility(principal, rules, request);
  const known = anonymousAbilities.get(rules) ?? makeAbility(NOBODY, rules, NOWHERE);
  anonymousAbilities.set(rules, known);
  return known;
}

function makeAbility(principal: Principal, rules: readonly AbilityRules[], request: RequestAttributes): Ability {
  const { can, build } = new AbilityBuilder<Ability>(createMongoAbility);
  for (const declare of rules) declare(principal, can, request);
  return build();
}

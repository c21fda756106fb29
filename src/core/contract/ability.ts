/**
 * What a principal may do: CASL rules over attributes of principal and resource, down to fields. Each resource
 * declares its own beside its contract; `abilityOf` puts those of all resources together for one principal.
 */
import { AbilityBuilder, createMongoAbility, type MongoAbility } from "@casl/ability";
import type { Principal } from "./principal.ts";

/**
 * What a principal can do with a subject. A module adds the verbs of its resource beside its abilities:
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
 * What is asked about: a collection by its name, or one resource's members, tagged with that name. What is not tagged
 * is of no collection, and nothing is permitted with it.
 */
export type Subject = string | Record<string, unknown>;

export type Ability = MongoAbility<[Action, Subject]>;

/** What rules may ask about the request itself. */
export interface RequestAttributes {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The client's. */
  readonly address: string;
}

/**
 * Declares what `principal` may do with one resource. What is not declared is not permitted. Of a request without
 * credentials nothing is known: such callers may all do the same, wherever and whenever.
 */
export type AbilityRules = (
  principal: Principal,
  allow: AbilityBuilder<Ability>["can"],
  request: RequestAttributes,
) => void;

/** Whether every resource of the collection may be read, and all of it: whoever may do so is shown the same. */
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

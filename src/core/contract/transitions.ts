/** The transitions that a principal can make with a resource: those that both its state and the rules allow. */
import { subject } from "@casl/ability";
import type { Ability } from "./ability.ts";
import type { Members, Resource, Transition } from "./resource.ts";

/** The transitions that this principal can make at `now` (epoch ms). */
export function transitionsOf(
  ability: Ability,
  resource: Resource,
  members: Members,
  now: number,
): readonly Transition[] {
  const { collection, transitions = [] } = resource;
  return transitions.filter(
    (transition) =>
      transition.isPossible(members, now) && ability.can(transition.action, subject(collection, { ...members })),
  );
}

/** The names of these transitions, separated by spaces. */
export function offeredSteps(ability: Ability, resource: Resource, members: Members, now: number): string {
  return transitionsOf(ability, resource, members, now)
    .map(({ action }) => action)
    .join(" ");
}

/**
 * A key that is equal for principals who see the same transitions of every resource in every state. Validators include
 * it, because representations show transitions. Undefined if the resource has none.
 */
export function rightsToTransitions(ability: Ability, { collection, transitions }: Resource): string | undefined {
  if (transitions === undefined) return undefined;
  const rules = transitions.map(({ action }) =>
    ability.rulesFor(action, collection).map(({ conditions, inverted }) => [conditions ?? null, inverted]),
  );
  return JSON.stringify(rules);
}

/** The steps that a principal can take with a resource: those that both its state and the rules allow. */
import { subject } from "@casl/ability";
import type { Ability } from "./ability.ts";
import type { Members, Resource, Transition } from "./resource.ts";

/** The steps that can be taken at `now` (epoch ms) by this principal. */
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

/** The names of these steps, as one text. */
export function offeredSteps(ability: Ability, resource: Resource, members: Members, now: number): string {
  return transitionsOf(ability, resource, members, now)
    .map(({ action }) => action)
    .join(" ");
}

/**
 * Equal for principals who are offered the same steps of every resource in every state: what tells apart, beyond the
 * state, two representations that show them. Undefined where there are none.
 */
export function rightsToTransitions(ability: Ability, { collection, transitions }: Resource): string | undefined {
  if (transitions === undefined) return undefined;
  const rules = transitions.map(({ action }) =>
    ability.rulesFor(action, collection).map(({ conditions, inverted }) => [conditions ?? null, inverted]),
  );
  return JSON.stringify(rules);
}

/**
 * Rules about one resource, once it is loaded. If the principal may not read the resource, the response is the same as
 * for an id that does not exist. Fails closed: anything that no rule permits is refused or hidden.
 */
import { subject } from "@casl/ability";
import { permittedFieldsOf } from "@casl/ability/extra";
import type { Ability, Action } from "#core/contract/ability.ts";
import type { Access } from "#core/contract/policy.ts";
import { fieldsOf, type Members, type Resource } from "#core/contract/resource.ts";
import { problem } from "#core/http/problem.ts";
import { obstacleTo } from "./missing-scope.ts";

/**
 * Checks the operation that `access` declares against this resource. `members` are all members of the resource.
 *
 * @throws not-found if the principal may not read it; forbidden if it may only read it
 */
export function authorizeObject(ability: Ability, access: Access, members: Members): void {
  if (access === "public") return;
  const object = subject(access.subject, { ...members });
  if (ability.cannot("read", object)) throw problem("not-found");
  if (ability.cannot(access.action, object)) {
    const obstacle = obstacleTo(ability, access.action, object, "this resource");
    throw problem("forbidden", obstacle ?? { detail: `This principal may not ${access.action} this resource.` });
  }
}

/**
 * The fields that the principal may read of at least one resource of the kind. To the principal, no other field exists.
 */
export function readableFields(ability: Ability, resource: Resource): string[] {
  return fieldsReadableOf(ability, resource, resource.collection);
}

/**
 * The fields that the principal may read of each resource. These can be fewer, for example if a rule depends on the
 * owner.
 */
export function fieldReader(ability: Ability, resource: Resource): (members: Members) => readonly string[] {
  const { collection } = resource;
  const isSameForAll = ability.possibleRulesFor("read", collection).every((rule) => rule.conditions === undefined);
  if (!isSameForAll) return (members) => fieldsReadableOf(ability, resource, subject(collection, { ...members }));
  const fields = readableFields(ability, resource);
  return () => fields;
}

function fieldsReadableOf(ability: Ability, resource: Resource, about: About): string[] {
  const permitted = permittedFields(ability, "read", about, fieldsOf(resource));
  return fieldsOf(resource).filter((field) => field === "id" || permitted.includes(field));
}

/**
 * The fields in `fields` that the operation may set, on the resource with `members` or on a new one. If no rule applies
 * to the operation, all of them.
 */
export function writableFields(
  ability: Ability,
  access: Access,
  fields: readonly string[],
  members: Members | undefined,
): readonly string[] {
  if (access === "public") return fields;
  const about = members === undefined ? access.subject : subject(access.subject, { ...members });
  return permittedFields(ability, access.action, about, fields);
}

type About = Parameters<Ability["can"]>[1];

function permittedFields(ability: Ability, action: Action, about: About, all: readonly string[]): string[] {
  const permitted = permittedFieldsOf(ability, action, about, { fieldsFrom: (rule) => rule.fields ?? [...all] });
  return all.filter((field) => permitted.includes(field));
}

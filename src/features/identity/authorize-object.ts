/**
 * Rules over one resource, once it is known. A resource that the principal may not read is missing, as far as it can
 * tell: the answer is that of an id which was never given. Fails closed: what no rule permits is refused and not shown.
 */
import { subject } from "@casl/ability";
import { permittedFieldsOf } from "@casl/ability/extra";
import type { Ability, Action } from "#core/contract/ability.ts";
import type { Access } from "#core/contract/policy.ts";
import { fieldsOf, type Members, type Resource } from "#core/contract/resource.ts";
import { problem } from "#core/http/problem.ts";
import { obstacleTo } from "./missing-scope.ts";

/**
 * Whether the operation that `access` declares may be done with this resource. `members` are all that it has.
 *
 * @throws not-found for one that may not be read, forbidden for one that may only be read
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

/** The fields that may be read of some resource of the kind: no other is known to the principal. */
export function readableFields(ability: Ability, resource: Resource): string[] {
  return fieldsReadableOf(ability, resource, resource.collection);
}

/** The fields that may be read of each resource, which can be fewer: rules may ask who owns it, for example. */
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
 * Those of `fields` that the operation may set: of the resource with `members`, or where there is none yet of a new one.
 * Any, where no rule is asked.
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

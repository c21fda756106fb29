/**
 * Rules over one resource, once it is known. A resource that the principal may not read is missing, as far as it can
 * tell: the answer is that of an id which was never given. Fails closed: what no rule permits is refused and not shown.
 */
import { subject } from "@casl/ability";
import { permittedFieldsOf } from "@casl/ability/extra";
import type { Ability } from "../contract/ability.ts";
import type { Access } from "../contract/policy.ts";
import { fieldsOf, type Members, type Resource } from "../contract/resource.ts";
import { problem } from "../http/problem.ts";

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
    throw problem("forbidden", { detail: `This principal may not ${access.action} this resource.` });
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

function fieldsReadableOf(ability: Ability, resource: Resource, about: Parameters<Ability["can"]>[1]): string[] {
  const all = fieldsOf(resource);
  const permitted = permittedFieldsOf(ability, "read", about, { fieldsFrom: (rule) => rule.fields ?? all });
  return all.filter((field) => field === "id" || permitted.includes(field));
}

/**
 * The names of a resource's members in JSON:API, where `type`, `id`, the attributes and the relationships of a resource
 * share one namespace. A member whose name is taken has the resource's name before it: `type` of an OAuth client is
 * `oauth_client_type`. The two names stand for each other one to one. Pure.
 */
import type { Fieldset } from "#core/contract/format.ts";
import type { Resource } from "#core/contract/resource.ts";

/** The attribute that shows a member. */
export function attributeOf(resource: Resource, member: string): string {
  const isTaken = member === "type" || (resource.relations ?? []).some(({ name }) => name === member);
  return isTaken ? `${singularOf(resource)}_${member}` : member;
}

/** The members with the names of their attributes. */
export function attributesOf<Value>(
  resource: Resource,
  members: Readonly<Record<string, Value>>,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(members).map(([member, value]) => [attributeOf(resource, member), value]));
}

/** Reads `fields[TYPE]`: names of attributes and relationships, none where the text is empty. */
export function readFieldset(text: string, resource: Resource, readable: readonly string[]): Fieldset {
  const names = text === "" ? [] : text.split(",");
  const members = new Map(readable.map((member) => [attributeOf(resource, member), member]));
  const relationships = new Set((resource.relations ?? []).map(({ name }) => name));
  return {
    members: new Set(["id", ...names.flatMap((name) => members.get(name) ?? [])]),
    relationships: new Set(names.filter((name) => relationships.has(name))),
    unknown: [...new Set(names.filter((name) => !members.has(name) && !relationships.has(name)))],
    allowed: [...members.keys(), ...relationships],
  };
}

/** `oauth_clients`: `oauth_client`; `categories`: `category`; `addresses`: `address`. */
function singularOf({ collection }: Resource): string {
  return collection
    .replace(/ies$/, "y")
    .replace(/(ss|x)es$/, "$1")
    .replace(/(?<!s)s$/, "");
}

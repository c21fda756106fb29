/**
 * The names of members in JSON:API, where `type`, `id`, attributes and relationships share one namespace. A conflicting
 * member is prefixed with the name of its resource: `type` of an OAuth client is `oauth_client_type`. The mapping is
 * one to one. Pure.
 */
import type { Fieldset } from "#core/contract/format.ts";
import type { Resource } from "#core/contract/resource.ts";

/** The name of the attribute for a member. */
export function attributeOf(resource: Resource, member: string): string {
  const isTaken = member === "type" || (resource.relations ?? []).some(({ name }) => name === member);
  return isTaken ? `${singularOf(resource)}_${member}` : member;
}

/** The members under their attribute names. */
export function attributesOf<Value>(
  resource: Resource,
  members: Readonly<Record<string, Value>>,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(members).map(([member, value]) => [attributeOf(resource, member), value]));
}

/** Reads `fields[TYPE]`: names of attributes and relationships, or none if the text is empty. */
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

/** `oauth_clients`: `oauth_client`; `replies`: `reply`; `classes`: `class`. */
function singularOf({ collection }: Resource): string {
  return collection
    .replace(/ies$/, "y")
    .replace(/(ss|x)es$/, "$1")
    .replace(/(?<!s)s$/, "");
}

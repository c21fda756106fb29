/**
 * The query parameters of JSON:API 1.1: `page[...]`, `fields[TYPE]` and `filter[...]`, in addition to the service's own
 * names. The standard reserves names of lower-case letters only, so each of the service's parameters has a second name.
 * Pure.
 */
import type { Resource } from "#core/contract/resource.ts";
import type { SentQuery } from "#core/http/sent-query.ts";

/** The service's name of each parameter by its JSON:API name. */
export const JSON_API_NAMES: ReadonlyMap<string, string> = new Map([
  ["page[size]", "limit"],
  ["page[cursor]", "cursor"],
  ["page[number]", "page"],
  ["page[snapshot]", "snapshot"],
  ["filter[q]", "q"],
  ["facet_counts", "facets"],
]);

const OURS: ReadonlyMap<string, string> = new Map(Array.from(JSON_API_NAMES, ([name, own]) => [own, name]));
const FIELDSET = /^fields\[([a-z_]+)\]$/;
/** Paging links use the names of the request. The presence of these parameters shows which names it uses. */
const PAGING = ["limit", "cursor", "page", "snapshot"];

/** Reads both sets of names. Unknown names are kept, so that a later stage rejects them. */
export function readJsonApiQuery(sent: URLSearchParams, resource: Resource): SentQuery {
  const types = new Set(typesOf(resource));
  const parameters = new URLSearchParams();
  const fieldsets = new Map<string, string>();
  const used = new Map<string, string>();
  for (const [name, value] of sent) {
    const type = FIELDSET.exec(name)?.[1] ?? "";
    if (types.has(type) && !fieldsets.has(type)) {
      fieldsets.set(type, value);
      continue;
    }
    // An empty value asks for no related resources.
    if (name === "include" && value === "") continue;
    const own = JSON_API_NAMES.get(name) ?? name;
    parameters.append(own, value);
    if (own !== name) used.set(own, name);
  }
  const pagesByOwnNames = PAGING.some((name) => sent.has(name));
  return {
    parameters,
    fieldsets,
    nameOf: (parameter) =>
      used.get(parameter) ??
      (pagesByOwnNames || !PAGING.includes(parameter) || sent.has(parameter)
        ? parameter
        : (OURS.get(parameter) ?? parameter)),
  };
}

/** The types that a document of the resource can contain. */
function typesOf({ collection, relations = [] }: Resource): string[] {
  return [collection, ...relations.map(({ resource }) => resource.collection)];
}

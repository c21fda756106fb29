/**
 * The canonical spelling of a query: parameters sorted by name, and lists of names and alternatives sorted without
 * repetitions. ETags and links are derived from it, so equal tags mean equal bytes.
 */

/** Parameters whose order and repetitions have no meaning: all lists in the OpenAPI document except `sort`. */
const SETS = new Set([
  "fields",
  "facets",
  "facet_counts",
  "include",
  "filter[category]",
  "filter[brand]",
  "filter[status]",
  "filter[role]",
]);

/** `?a=1&b=2`, or empty if there are no parameters. */
export function canonicalQuery(parameters: URLSearchParams): string {
  const pairs = Array.from(parameters, ([name, value]) => [name, isSet(name) ? inOrder(value) : value]);
  if (pairs.length === 0) return "";
  const canonical = new URLSearchParams(pairs);
  canonical.sort();
  return `?${canonical}`;
}

function isSet(name: string): boolean {
  return SETS.has(name) || name.startsWith("fields[");
}

function inOrder(names: string): string {
  return [...new Set(names.split(","))].sort().join(",");
}

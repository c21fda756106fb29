/**
 * One spelling for all queries that ask for the same content: parameters in order of their names, lists of names and of
 * alternatives in order and without repetitions. Entity tags and links are made of it, so that equal tags mean equal bytes.
 */

/** Lists whose order and repetitions mean nothing: all that the OpenAPI document tells of, except `sort`. */
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

/** `?a=1&b=2`, or nothing where there are no parameters. */
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

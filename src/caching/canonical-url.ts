/**
 * One spelling for all URLs that ask for the same content: parameters in order of their names, lists of names in
 * order and without repetitions. Entity tags and links are made of it, so that equal tags mean equal bytes.
 */

/** Lists of names whose order and repetitions mean nothing. */
const NAME_LISTS = new Set(["fields", "facets", "include"]);

export function canonicalUrl(url: URL): URL {
  const pairs = Array.from(url.searchParams, ([name, value]) => [name, NAME_LISTS.has(name) ? inOrder(value) : value]);
  const parameters = new URLSearchParams(pairs);
  parameters.sort();
  const canonical = new URL(url);
  canonical.search = parameters.toString();
  return canonical;
}

function inOrder(names: string): string {
  return [...new Set(names.split(","))].sort().join(",");
}

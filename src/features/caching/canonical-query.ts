/**
 * The canonical spelling of a query: parameters sorted by name, and lists of names and alternatives sorted without
 * repetitions. ETags and links are derived from it, so equal tags mean equal bytes.
 */
import type { z } from "@hono/zod-openapi";
import { isListParameter } from "#core/contract/parameters.ts";

/** The part of an endpoint's contract that decides which parameters are lists. */
export interface QueryContract {
  readonly query?: z.ZodObject | undefined;
}

const setsOfQueries = new WeakMap<z.ZodObject, ReadonlySet<string>>();

/** `?a=1&b=2`, or empty if there are no parameters. */
export function canonicalQuery(parameters: URLSearchParams, contract: QueryContract): string {
  const sets = setsOf(contract);
  const pairs = Array.from(parameters, ([name, value]) => [name, isSet(name, sets) ? inOrder(value) : value]);
  if (pairs.length === 0) return "";
  const canonical = new URLSearchParams(pairs);
  canonical.sort();
  return `?${canonical}`;
}

/**
 * The parameters whose order and repetitions have no meaning: all lists of the contract except `sort`. They are found
 * once per contract.
 */
function setsOf({ query }: QueryContract): ReadonlySet<string> {
  if (query === undefined) return NO_SETS;
  const known = setsOfQueries.get(query);
  if (known !== undefined) return known;
  const lists = Object.entries(query.shape).filter(([name, schema]) => name !== "sort" && isListParameter(schema));
  const sets = new Set(lists.map(([name]) => name));
  setsOfQueries.set(query, sets);
  return sets;
}

const NO_SETS: ReadonlySet<string> = new Set();

/** JSON:API has other names for `fields` and `facets`. */
function isSet(name: string, sets: ReadonlySet<string>): boolean {
  if (name.startsWith("fields[")) return sets.has("fields");
  return sets.has(name === "facet_counts" ? "facets" : name);
}

function inOrder(names: string): string {
  return [...new Set(names.split(","))].sort().join(",");
}

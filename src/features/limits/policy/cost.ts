/**
 * The cost of a request: the declared cost of its operation, and more for relations and facets that its parameters
 * request.
 */
import { COSTS, type CostClass, tokensOf } from "#core/contract/limit.ts";

/** The tokens for each included relation and each facet, which is one more query. */
const PART_TOKENS = 1;

/** The most tokens that parameters add, so that no request costs more than a bucket can hold. */
export const MAX_PART_TOKENS = 10;

/** Parameters that are lists of names, each of which adds work. */
const PARTS = ["include", "facets"] as const;

export interface OperationCost {
  readonly cost: CostClass | number;
  /** The query parameters that the operation has. Others cost nothing more, because the request is refused. */
  readonly parameters: ReadonlySet<string>;
}

/** The names of these parameters in JSON:API. The cost is charged before the format of a request is known. */
const JSON_API_NAMES = { q: "filter[q]", facets: "facet_counts" } as const;

/** Whole tokens. A list with `q` costs as much as a search. */
export function costOf({ cost, parameters }: OperationCost, sent: URLSearchParams): number {
  const isSearch = cost === "list" && parameters.has("q") && (sent.has("q") || sent.has(JSON_API_NAMES.q));
  const base = isSearch ? COSTS.search : tokensOf(cost);
  const parts = PARTS.filter((name) => parameters.has(name)).reduce((sum, name) => sum + countParts(sent, name), 0);
  return base + Math.min(parts * PART_TOKENS, MAX_PART_TOKENS);
}

function countParts(sent: URLSearchParams, name: (typeof PARTS)[number]): number {
  const other = name === "facets" ? countNames(sent.get(JSON_API_NAMES.facets)) : 0;
  return countNames(sent.get(name)) + other;
}

function countNames(list: string | null): number {
  return list === null ? 0 : list.split(",").length;
}

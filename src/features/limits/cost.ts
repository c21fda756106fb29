/** What a request costs: its operation's declared cost, and what its parameters ask for beyond it. */
import { COSTS, type CostClass, tokensOf } from "#core/contract/limit.ts";

/** Each relation that is embedded and each facet that is counted is a query more. */
export const PART_TOKENS = 1;

/** A request asks for no more than this beyond its operation's cost, so that none costs more than a bucket can hold. */
export const MAX_PART_TOKENS = 10;

/** Parameters that make a read a composite one: lists of names. */
const PARTS = ["include", "facets"] as const;

export interface Operation {
  readonly cost: CostClass | number;
  /** The query parameters that the operation has: others are refused, and cost nothing more. */
  readonly parameters: ReadonlySet<string>;
}

/** What JSON:API calls them: a request is charged before its format is known. */
const OTHER_NAMES = { q: "filter[q]", facets: "facet_counts" } as const;

/** Whole tokens. A list with `q` is a search. */
export function costOf({ cost, parameters }: Operation, sent: URLSearchParams): number {
  const searches = cost === "list" && parameters.has("q") && (sent.has("q") || sent.has(OTHER_NAMES.q));
  const base = searches ? COSTS.search : tokensOf(cost);
  const parts = PARTS.filter((name) => parameters.has(name)).reduce((sum, name) => sum + partsIn(sent, name), 0);
  return base + Math.min(parts * PART_TOKENS, MAX_PART_TOKENS);
}

function partsIn(sent: URLSearchParams, name: (typeof PARTS)[number]): number {
  const other = name === "facets" ? namesIn(sent.get(OTHER_NAMES.facets)) : 0;
  return namesIn(sent.get(name)) + other;
}

function namesIn(list: string | null): number {
  return list === null ? 0 : list.split(",").length;
}

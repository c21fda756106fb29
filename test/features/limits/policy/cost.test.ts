import { describe, expect, it } from "vitest";
import { costOf, MAX_PART_TOKENS } from "#features/limits/policy/cost.ts";

const search = (query: string) => new URLSearchParams(query);
const all = new Set(["q", "include", "facets"]);

describe("the cost of a request", () => {
  it.each([
    ["free", "", 0],
    ["read", "", 1],
    ["list", "", 2],
    ["search", "", 5],
    ["write", "", 5],
    [7, "", 7],
    ["list", "q=lamp", 5],
    ["list", "q=", 5],
    ["read", "q=lamp", 1],
    ["list", "filter[q]=lamp", 5],
    ["list", "facet_counts=category,brand", 4],
    ["list", "facets=brand&facet_counts=category,brand", 5],
    ["read", "include=user", 2],
    ["list", "include=user,address,items.product", 5],
    ["list", "q=x&facets=category,brand&include=a", 8],
    ["list", `include=${"a,".repeat(1000)}a`, 2 + MAX_PART_TOKENS],
  ] as const)("%s with %s is %i", (cost, query, tokens) => {
    expect(costOf({ cost, parameters: all }, search(query))).toBe(tokens);
  });

  it("is not raised by parameters that the operation does not have", () => {
    const none = new Set<string>();
    expect(costOf({ cost: "list", parameters: none }, search("q=x&include=a,b&facets=c"))).toBe(2);
  });
});

import { z } from "@hono/zod-openapi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listParameter } from "#core/contract/parameters.ts";
import { parseEntityTags } from "#core/http/entity-tag.ts";
import { cacheControl } from "#features/caching/cache-control.ts";
import { canonicalQuery, type QueryContract } from "#features/caching/canonical-query.ts";
import { entityTagOf, stateOf } from "#features/caching/etag.ts";
import openapi from "#schema/openapi/openapi.json" with { type: "json" };
import { endpoints } from "../../../src/modules.ts";

const list = () => listParameter({ max: 9, description: "Names.", example: ["a"] });
const CONTRACT = {
  query: z.object({
    fields: list().optional(),
    facets: list().optional(),
    "filter[brand]": list(),
    sort: list().optional(),
    q: z.string(),
  }),
};
const VALIDATOR = { token: "v1", modifiedAt: 0 };

function tagOf(path: string, mediaType = "application/json", token = "v1", origin = "https://a.test", owner?: string) {
  return entityTagOf(
    { ...VALIDATOR, token },
    { origin, url: new URL(path, "https://a.test"), contract: CONTRACT, mediaType, owner },
  );
}

describe("entityTagOf", () => {
  it("C01 returns one strong ETag", async () => {
    expect(parseEntityTags(await tagOf("/v1/products/x"))).toEqual([
      { weak: false, opaque: expect.stringMatching(/^v1-/) },
    ]);
  });

  it.each([
    ["the state", "/p", "application/json", "v2", "https://a.test"],
    ["the path", "/q", "application/json", "v1", "https://a.test"],
    ["the query", "/p?limit=1", "application/json", "v1", "https://a.test"],
    ["the fields", "/p?fields=name", "application/json", "v1", "https://a.test"],
    ["the format", "/p", "application/hal+json", "v1", "https://a.test"],
    ["the origin, which is part of links", "/p", "application/json", "v1", "https://b.test"],
  ])("C09 differs by %s", async (_name, path, mediaType, token, origin) => {
    expect(await tagOf(path, mediaType, token, origin)).not.toBe(await tagOf("/p"));
  });

  it("C09 differs by owner, and only then", async () => {
    const tags = await Promise.all(
      [undefined, "anonymous", "user:a", "user:b", "user:a"].map((owner) =>
        tagOf("/p", "application/json", "v1", "https://a.test", owner),
      ),
    );
    expect(new Set(tags).size).toBe(4);
    expect(tags[2]).toBe(tags[4]);
  });

  it("C09 is equal for URLs with the same canonical form, and for no others", async () => {
    const names = fc.shuffledSubarray(["id", "name", "price"], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(names, names, async (some, others) => {
        const isSame = [...some].sort().join() === [...others].sort().join();
        const left = await tagOf(`/p?fields=${some.join()}&limit=3`);
        const right = await tagOf(`/p?limit=3&fields=${[...others, ...others].join()}`);
        expect(left === right).toBe(isSame);
      }),
      { numRuns: 50 },
    );
  });

  it("the ETags of one state share a prefix that no other state has", async () => {
    const url = new URL("https://a.test/p?fields=name");
    const state = `"${await stateOf(VALIDATOR, url)}-`;
    expect(await tagOf("/p")).toMatch(state);
    expect(await tagOf("/p?fields=name", "application/hal+json")).toMatch(state);
    expect(await tagOf("/q")).not.toMatch(state);
    expect(await tagOf("/p", "application/json", "v11")).not.toMatch(state);
  });
});

describe("canonicalQuery", () => {
  it.each([
    ["", ""],
    ["?", ""],
    ["?b=2&a=1", "?a=1&b=2"],
    ["?fields=name,id,name", "?fields=id%2Cname"],
    ["?facets=brand%2Cbrand", "?facets=brand"],
    ["?sort=b,a&filter[email]=b,a", "?filter%5Bemail%5D=b%2Ca&sort=b%2Ca"],
    ["?filter[brand]=b,a,b", "?filter%5Bbrand%5D=a%2Cb"],
    ["?q=a%20b", "?q=a+b"],
    ["?q=b,a", "?q=b%2Ca"],
    ["?facet_counts=b,a", "?facet_counts=a%2Cb"],
    ["?fields[reviews]=b,a", "?fields%5Breviews%5D=a%2Cb"],
  ])("%s", (query, canonical) => {
    expect(canonicalQuery(new URLSearchParams(query), CONTRACT)).toBe(canonical);
  });

  it("keeps the order of the parameters if the contract does not describe the query", () => {
    expect(canonicalQuery(new URLSearchParams("fields=b,a&fields[x]=b,a"), {})).toBe(
      "?fields=b%2Ca&fields%5Bx%5D=b%2Ca",
    );
  });

  it("is idempotent and keeps the meaning of the query", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (parameters) => {
        const sent = new URLSearchParams(parameters);
        const canonical = new URLSearchParams(canonicalQuery(sent, CONTRACT));
        expect(canonicalQuery(canonical, CONTRACT)).toBe(canonicalQuery(sent, CONTRACT));
        const sets = /^(?:fields|facets|include|filter\[.*\])$/;
        const others = (of: URLSearchParams) => Object.fromEntries([...of].filter(([name]) => !sets.test(name)));
        expect(others(canonical)).toEqual(others(sent));
      }),
    );
  });
});

it("C09 of all list parameters in the API, only `sort` depends on its order", () => {
  const lists = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { parameters?: Parameter[] }>).flatMap(([method, { parameters = [] }]) =>
      parameters
        .filter((parameter) => parameter.in === "query" && parameter.schema?.type === "array")
        .map(({ name }) => ({ name, contract: contractOf(method, path) })),
    ),
  );
  const inOrder = lists.filter(
    ({ name, contract }) => spelled(name, "b,a", contract) !== spelled(name, "a,b,a", contract),
  );
  expect([...new Set(inOrder.map(({ name }) => name))]).toEqual(["sort"]);
  expect(lists.length).toBeGreaterThan(10);
});

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly schema?: { readonly type?: string };
}

function contractOf(method: string, path: string): QueryContract {
  const found = endpoints.find(({ contract }) => contract.path === path && contract.method.toLowerCase() === method);
  return found?.contract ?? {};
}

function spelled(name: string, value: string, contract: QueryContract): string {
  return canonicalQuery(new URLSearchParams([[name, value]]), contract);
}

describe("cacheControl", () => {
  it.each([
    ["no-store", "no-store"],
    [{ scope: "public", freshForSeconds: 0 }, "public, no-cache"],
    [{ scope: "private", freshForSeconds: 0 }, "private, no-cache"],
    [{ scope: "public", freshForSeconds: 60 }, "public, max-age=60"],
  ] as const)("C18 %j", (policy, value) => {
    expect(cacheControl(policy)).toBe(value);
    expect(cacheControl(policy, true)).toBe(`${value}, no-transform`);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEntityTags } from "#core/http/entity-tag.ts";
import { cacheControl } from "#features/caching/cache-control.ts";
import { canonicalQuery } from "#features/caching/canonical-query.ts";
import { entityTagOf, stateOf } from "#features/caching/etag.ts";
import openapi from "#schema/openapi/openapi.json" with { type: "json" };

const VALIDATOR = { token: "v1", modifiedAt: 0 };

function tagOf(path: string, mediaType = "application/json", token = "v1", origin = "https://a.test", owner?: string) {
  return entityTagOf({ ...VALIDATOR, token }, { origin, url: new URL(path, "https://a.test"), mediaType, owner });
}

describe("entityTagOf", () => {
  it("C01 gives one strong tag", async () => {
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
    ["the origin, which links show", "/p", "application/json", "v1", "https://b.test"],
  ])("C09 differs by %s", async (_name, path, mediaType, token, origin) => {
    expect(await tagOf(path, mediaType, token, origin)).not.toBe(await tagOf("/p"));
  });

  it("C09 differs by whose own it is, and only so", async () => {
    const tags = await Promise.all(
      [undefined, "anonymous", "user:a", "user:b", "user:a"].map((owner) =>
        tagOf("/p", "application/json", "v1", "https://a.test", owner),
      ),
    );
    expect(new Set(tags).size).toBe(4);
    expect(tags[2]).toBe(tags[4]);
  });

  it("C09 equal for URLs with one canonical spelling, and for no others", async () => {
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

  it("every representation of a state begins with that state, and with no other", async () => {
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
  ])("%s", (query, canonical) => {
    expect(canonicalQuery(new URLSearchParams(query))).toBe(canonical);
  });

  it("is its own canonical spelling, and asks for the same", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (parameters) => {
        const sent = new URLSearchParams(parameters);
        const canonical = new URLSearchParams(canonicalQuery(sent));
        expect(canonicalQuery(canonical)).toBe(canonicalQuery(sent));
        const sets = /^(?:fields|facets|include|filter\[.*\])$/;
        const others = (of: URLSearchParams) => Object.fromEntries([...of].filter(([name]) => !sets.test(name)));
        expect(others(canonical)).toEqual(others(sent));
      }),
    );
  });
});

it("C09 the order of a list means something in `sort` alone, of all the lists that a query can have", () => {
  const lists = Object.values(openapi.paths)
    .flatMap(
      (path) => Object.values(path) as { parameters?: { in: string; name: string; schema?: { type?: string } }[] }[],
    )
    .flatMap(({ parameters = [] }) => parameters)
    .filter((parameter) => parameter.in === "query" && parameter.schema?.type === "array")
    .map(({ name }) => name);
  const inOrder = [...new Set(lists)].filter((name) => spelled(name, "b,a") !== spelled(name, "a,b,a"));
  expect(inOrder).toEqual(["sort"]);
  expect(lists.length).toBeGreaterThan(10);
});

function spelled(name: string, value: string): string {
  return canonicalQuery(new URLSearchParams([[name, value]]));
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

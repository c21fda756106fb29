import { describe, expect, it } from "vitest";
import { type Endpoint, endpoint, type Method } from "#core/contract/endpoint.ts";
import { allowOf, pathsOf, routerPath } from "#pipeline/route/route.ts";

function at(method: Method, path: `/${string}`): Endpoint {
  return endpoint({
    contract: {
      operationId: `${method} ${path}`,
      method,
      path,
      tag: "",
      summary: "",
      description: "",
      success: { kind: "empty", status: 204 },
    },
    policy: { access: "public", limit: { cost: "read" }, cache: "no-store", precondition: "none", idempotency: "none" },
    handler: async () => ({ kind: "empty", status: 204 }),
  });
}

describe("pathsOf", () => {
  it("combines the methods of a path", () => {
    const paths = pathsOf([at("GET", "/a"), at("GET", "/b"), at("POST", "/a")]);
    expect(paths.map((path) => [path.template, allowOf(path)])).toEqual([
      ["/a", "GET, HEAD, POST, OPTIONS"],
      ["/b", "GET, HEAD, OPTIONS"],
    ]);
  });

  it("puts fixed segments before parameters, in any order of declaration", () => {
    const templates = ["/u/{id}", "/u/{id}/pay", "/u/me", "/{x}/me", "/u"] as const;
    for (const declared of [templates, templates.toReversed()]) {
      const sorted = pathsOf(declared.map((template) => at("GET", template))).map(({ template }) => template);
      expect(sorted.indexOf("/u/me")).toBeLessThan(sorted.indexOf("/u/{id}"));
      expect(sorted.indexOf("/u/me")).toBeLessThan(sorted.indexOf("/{x}/me"));
    }
  });
});

describe("routerPath", () => {
  it("writes parameters in the router's syntax", () => {
    expect(routerPath("/v1/orders/{id}/items/{item}")).toBe("/v1/orders/:id/items/:item");
  });
});

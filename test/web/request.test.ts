/** The requests that the forms of the documentation send, and their curl commands. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonTokens } from "#web/browser/json-tokens.js";
import { curlCommand, requestOf, shellQuote } from "#web/browser/request.js";

const ORIGIN = "https://api.example.test";

describe("requestOf", () => {
  it("fills in the path, keeps brackets and commas readable, and encodes the rest", () => {
    const request = requestOf({
      method: "GET",
      path: "/v1/products/{id}",
      parameters: [
        { in: "path", name: "id", value: "a/b ?" },
        { in: "query", name: "filter[price][gte]", value: "10" },
        { in: "query", name: "fields", value: "id,name" },
        { in: "query", name: "q", value: "50% & more#" },
        { in: "header", name: "If-None-Match", value: '"v1"' },
      ],
      accept: "application/hal+json",
    });
    expect(request).toEqual({
      method: "GET",
      target: "/v1/products/a%2Fb%20%3F?filter[price][gte]=10&fields=id,name&q=50%25%20%26%20more%23",
      headers: [
        ["Accept", "application/hal+json"],
        ["If-None-Match", '"v1"'],
      ],
      body: undefined,
    });
  });

  it("preserves any typed parameter", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        const { target } = requestOf({ method: "GET", path: "/", parameters: [{ in: "query", name: "q", value }] });
        expect(new URL(target, ORIGIN).searchParams.get("q")).toBe(value);
      }),
    );
  });
});

describe("curlCommand", () => {
  it.each([
    [
      "a plain read",
      { method: "GET", target: "/v1/products", headers: [], body: undefined },
      false,
      `curl -i '${ORIGIN}/v1/products'`,
    ],
    [
      "brackets",
      { method: "GET", target: "/?a[b]=1", headers: [], body: undefined },
      false,
      `curl -i -g '${ORIGIN}/?a[b]=1'`,
    ],
    [
      "a token as a shell variable",
      { method: "DELETE", target: "/x", headers: [["If-Match", "*"]], body: undefined },
      true,
      `curl -i -X DELETE '${ORIGIN}/x' \\\n  -H 'If-Match: *' \\\n  -H "Authorization: Bearer $TOKEN"`,
    ],
    [
      "a body",
      { method: "POST", target: "/x", headers: [], body: `{"a":"it's"}` },
      false,
      `curl -i '${ORIGIN}/x' \\\n  --data-raw '{"a":"it'\\''s"}'`,
    ],
    [
      "a patch",
      { method: "PATCH", target: "/x", headers: [], body: "@file" },
      false,
      `curl -i -X PATCH '${ORIGIN}/x' \\\n  --data-raw '@file'`,
    ],
  ] as const)("writes %s", (_, request, hasToken, expected) => {
    expect(curlCommand(ORIGIN, request, hasToken)).toBe(expected);
  });
});

it("shellQuote leaves no active shell syntax", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const quoted = shellQuote(text);
      // Inside single quotes a shell reads everything literally; outside there are only escaped quotes.
      expect(quoted.replaceAll("'\\''", "\0").slice(1, -1)).not.toContain("'");
      expect(quoted.slice(1, -1).replaceAll("'\\''", "'")).toBe(text);
    }),
  );
});

describe("jsonTokens", () => {
  it("distinguishes keys, strings and literals", () => {
    const tokens = jsonTokens('{"a\\"": "b:", "c": [-1.5e3, true, null]}');
    const kinds = tokens.filter(({ kind }) => kind !== "plain").map(({ kind, text }) => `${kind} ${text}`);
    expect(kinds).toEqual(['key "a\\""', 'string "b:"', 'key "c"', "literal -1.5e3", "literal true", "literal null"]);
  });

  it("returns tokens whose concatenation is the text, for JSON and for any other text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(
          jsonTokens(text)
            .map((token) => token.text)
            .join(""),
        ).toBe(text);
      }),
    );
  });
});

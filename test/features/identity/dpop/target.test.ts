import { describe, expect, it } from "vitest";
import { normalTarget, requestTarget } from "#features/identity/dpop/target.ts";

const ORIGIN = "https://api.example.test";

describe("the target of a proof", () => {
  it.each([
    [`${ORIGIN}/v1/products`, `${ORIGIN}/v1/products`],
    [`${ORIGIN}`, `${ORIGIN}/`],
    [`${ORIGIN}/?a=b#c`, `${ORIGIN}/`],
    ["HTTPS://API.example.test/a", `${ORIGIN}/a`],
    [`${ORIGIN}:443/a`, `${ORIGIN}/a`],
    [`${ORIGIN}:8443/a`, `${ORIGIN}:8443/a`],
    ["http://127.0.0.1:8787/a", "http://127.0.0.1:8787/a"],
    [`${ORIGIN}/%7euser/%41`, `${ORIGIN}/~user/A`],
    [`${ORIGIN}/a%2fb%3a`, `${ORIGIN}/a%2Fb%3A`],
    [`${ORIGIN}/a/./b/../c`, `${ORIGIN}/a/c`],
    [`${ORIGIN}/%`, `${ORIGIN}/%`],
  ])("%s is normalized to %s", (text, target) => {
    expect(normalTarget(text)).toBe(target);
  });

  it.each(["", "/a", "//api.example.test/a", "ftp://api.example.test/a", "javascript:1", "https://", `${ORIGIN}/ a`])(
    "%j is rejected",
    (text) => {
      expect(normalTarget(text)).toBeUndefined();
    },
  );
});

it("the target of a request has the service's origin, whichever host received it", () => {
  expect(requestTarget(ORIGIN, "http://10.0.0.7:8080/v1/%70roducts?limit=1")).toBe(`${ORIGIN}/v1/products`);
});

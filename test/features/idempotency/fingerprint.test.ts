import { describe, expect, it } from "vitest";
import { fingerprintOf, recordHashOf } from "#features/idempotency/fingerprint.ts";

const text = (value: string) => new TextEncoder().encode(value);

const REQUEST = {
  method: "POST",
  path: "/v1/orders",
  query: new URLSearchParams("b=2&a=1&b=1"),
  apiVersion: "v1",
  contentType: "application/json",
  content: text('{"a":1,"b":[1,2]}'),
};

describe("fingerprintOf", () => {
  it.each([
    ["reordered JSON", { content: text('{ "b": [1, 2],\n "a": 1.0 }') }],
    ["escaped JSON", { content: text('{"\\u0061":1,"b":[1,2]}') }],
    ["reordered parameters", { query: new URLSearchParams("b=1&b=2&a=1") }],
    ["a parameter of the media type", { contentType: "Application/JSON; charset=utf-8" }],
  ])("is the same for %s", async (_, change) => {
    expect(await fingerprintOf({ ...REQUEST, ...change })).toBe(await fingerprintOf(REQUEST));
  });

  it.each([
    ["value", { content: text('{"a":2,"b":[1,2]}') }],
    ["order of elements", { content: text('{"a":1,"b":[2,1]}') }],
    ["method", { method: "PATCH" }],
    ["path", { path: "/v1/order" }],
    ["parameter", { query: new URLSearchParams("a=1&b=1&b=3") }],
    ["number of parameters", { query: new URLSearchParams("a=1&b=1") }],
    ["media type", { contentType: "application/merge-patch+json" }],
    ["version", { apiVersion: "v2" }],
    ["missing body", { content: undefined }],
  ])("differs by %s", async (_, change) => {
    expect(await fingerprintOf({ ...REQUEST, ...change })).not.toBe(await fingerprintOf(REQUEST));
  });

  it.each([
    ["not JSON", '{"a":1,', '{"a":1, '],
    ["a body with a repeated key", '{"a":1,"a":1}', '{"a":1, "a":1}'],
    ["empty", "", " "],
  ])("compares bytes for %s", async (_, one, other) => {
    const of = (content: string) => fingerprintOf({ ...REQUEST, content: text(content) });
    expect(await of(one)).toBe(await of(one));
    expect(await of(one)).not.toBe(await of(other));
  });

  it("compares bytes for another media type", async () => {
    const of = (content: string) => fingerprintOf({ ...REQUEST, contentType: "text/plain", content: text(content) });
    expect(await of('{"a":1}')).not.toBe(await of('{"a": 1}'));
  });

  it("compares every kind of JSON by value", async () => {
    for (const contentType of ["application/merge-patch+json", "application/json-patch+json"]) {
      const of = (content: string) => fingerprintOf({ ...REQUEST, contentType, content: text(content) });
      expect(await of('{"a":1}')).toBe(await of('{ "a" : 1 }'));
    }
  });
});

describe("recordHashOf", () => {
  const user = (id: string) => ({ kind: "user", id, roles: [], scopes: [], credential: "token" }) as const;
  const SCOPE = { principal: user("user_a"), method: "POST", path: "/v1/orders", key: "k" };

  it("is 64 hexadecimal digits, and the same for any token, role or scope of the principal", async () => {
    const renewed = { ...user("user_a"), roles: ["staff"], scopes: ["admin"], clientId: "x" };
    expect(await recordHashOf(SCOPE)).toMatch(/^[0-9a-f]{64}$/);
    expect(await recordHashOf({ ...SCOPE, principal: renewed })).toBe(await recordHashOf(SCOPE));
  });

  it.each([
    ["principal", { principal: user("user_b") }],
    ["kind of principal", { principal: { ...user("user_a"), kind: "service" as const } }],
    ["method", { method: "PATCH" }],
    ["path", { path: "/v1/orders/ord_1/pay" }],
    ["key", { key: "K" }],
    ["path and key with the same concatenation", { path: "/v1/orders,k", key: "" }],
  ])("differs by %s", async (_, change) => {
    expect(await recordHashOf({ ...SCOPE, ...change })).not.toBe(await recordHashOf(SCOPE));
  });

  it("differs by address for anonymous callers", async () => {
    const of = (address: string) => recordHashOf({ ...SCOPE, principal: { kind: "anonymous", address } });
    expect(await of("192.0.2.1")).toBe(await of("192.0.2.1"));
    expect(await of("192.0.2.1")).not.toBe(await of("192.0.2.2"));
  });
});

/** PATCH of products, in both formats (RFC 5789, RFC 7396, RFC 6902). */
import { beforeAll, describe, expect, it } from "vitest";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../../support/requests.ts";
import { staff, startService } from "../../support/service.ts";
import {
  generationOfProducts,
  INPUT,
  type Made,
  MISSING,
  makeProduct,
  refusedPatch,
  storedProduct,
  storedState,
} from "../support/products.ts";

const ACCEPT_PATCH = `${MERGE_PATCH}, ${JSON_PATCH}`;

const service = startService({ as: staff });

describe("the accepted formats", () => {
  let made: Made;
  beforeAll(async () => {
    made = await makeProduct(service);
  });

  it.each(["GET", "HEAD", "OPTIONS"])("I01 %s lists the patch formats in `Accept-Patch`", async (method) => {
    expect((await service.fetch(made.path, { method })).headers.get("Accept-Patch")).toBe(ACCEPT_PATCH);
  });

  it.each([
    "application/json",
    "text/plain",
    "application/merge-patch+json; charset=latin1",
    "application/vnd.api+json",
    "",
  ])("I01 a patch as %j is 415 with `Accept-Patch`", async (type) => {
    const response = await patch(service, made.path, type, {}, { "If-Match": made.etag });
    expect(response.status).toBe(415);
    expect(response.headers.get("Accept-Patch")).toBe(ACCEPT_PATCH);
  });

  it.each([
    `${MERGE_PATCH}; charset=utf-8`,
    `${MERGE_PATCH};charset=UTF-8`,
    `${MERGE_PATCH}; charset="utf-8"`,
    `${MERGE_PATCH}; charset=utf8`,
    "Application/Merge-Patch+JSON",
    `${MERGE_PATCH}; profile=x`,
  ])("I07 %s is accepted", async (type) => {
    const response = await patch(service, made.path, type, {}, { "If-Match": made.etag });
    expect(response.status).toBe(200);
  });
});

describe.each([
  ["merge patch", MERGE_PATCH, (name: string, value: unknown) => ({ [name]: value })],
  ["JSON Patch", JSON_PATCH, (name: string, value: unknown) => [{ op: "add", path: `/${name}`, value }]],
])("members that clients may not set, by %s", (_format, type, setting) => {
  it.each([
    ["id", "prod_01hk2nvj80e8ev3rx1q7t4d6zz", "read-only"],
    ["created_at", "2020-01-01T00:00:00.000Z", "read-only"],
    ["updated_at", "2020-01-01T00:00:00.000Z", "read-only"],
    ["version", 99, "unknown"],
    ["deleted_at", 0, "unknown"],
    ["seq", 1, "unknown"],
    ["role", "admin", "unknown"],
    ["price_amount", 1, "unknown"],
    ["priceAmount", 1, "unknown"],
    ["deletedAt", 1, "unknown"],
  ])("I04 %s cannot be set", async (name, value, code) => {
    const refusal = await refusedPatch(service, type, setting(name, value));
    expect(refusal).toMatchObject({ status: 422, faults: [expect.stringMatching(new RegExp(`${code}$`))] });
  });

  it.each(["id", "created_at", "updated_at"] as const)("I04 %s may be sent back unchanged", async (name) => {
    const made = await makeProduct(service);
    const body = setting(name, made.product[name]);
    const response = await patch(service, made.path, type, body, { "If-Match": made.etag });
    expect(response.status).toBe(200);
    expect(header(response, "ETag")).toBe(made.etag);
  });
});

it("I04 a whole representation with one change may be sent back", async () => {
  const made = await makeProduct(service);
  const response = await patch(
    service,
    made.path,
    MERGE_PATCH,
    { ...made.product, stock: 8 },
    { "If-Match": made.etag },
  );
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ stock: 8, id: made.product.id });
});

describe("a patch that changes nothing", () => {
  it.each<[string, string, unknown]>([
    ["{}", MERGE_PATCH, {}],
    ["the same values", MERGE_PATCH, INPUT],
    ["the same value in another member order", MERGE_PATCH, { price: { currency: "USD", amount: 12_900 } }],
    ["[]", JSON_PATCH, []],
    ["a test only", JSON_PATCH, [{ op: "test", path: "/stock", value: 3 }]],
    [
      "a change and its reversal",
      JSON_PATCH,
      [
        { op: "replace", path: "/stock", value: 8 },
        { op: "replace", path: "/stock", value: 3 },
      ],
    ],
  ])("I06 %s keeps tag, version, date and the list", async (_name, type, body) => {
    const made = await makeProduct(service);
    const list = await service.fetch("/v1/products");
    const before = await storedState();
    service.advance(5000);
    const response = await patch(service, made.path, type, body, { "If-Match": made.etag });
    expect(response.status).toBe(200);
    expect(header(response, "ETag")).toBe(made.etag);
    expect(header(response, "Last-Modified")).toBe(made.lastModified);
    expect(await response.json()).toEqual(made.product);
    expect(await storedState()).toEqual(before);
    const revalidated = await service.fetch("/v1/products", { headers: { "If-None-Match": header(list, "ETag") } });
    expect(revalidated.status).toBe(304);
  });

  it("I06 each change has its own tag, also when it restores an earlier state", async () => {
    const made = await makeProduct(service);
    const tags = [made.etag];
    const generation = await generationOfProducts();
    for (const stock of [4, 5, 3, 4]) {
      const response = await patch(service, made.path, MERGE_PATCH, { stock }, { "If-Match": tags.at(-1) ?? "" });
      expect(response.status).toBe(200);
      tags.push(header(response, "ETag"));
    }
    expect(new Set(tags).size).toBe(5);
    expect(await storedProduct(made.product.id)).toMatchObject({ version: 5, stock: 4 });
    expect(await generationOfProducts()).toBe(generation + 4);
  });
});

it("I05 the result is validated as a whole: the same patch is valid for one product and not for another", async () => {
  const copy = [{ op: "copy", from: "/description", path: "/name" }];
  const good = await makeProduct(service, { description: "One line" });
  expect((await patch(service, good.path, JSON_PATCH, copy, { "If-Match": good.etag })).status).toBe(200);
  const bad = await makeProduct(service, { description: "two\nlines" });
  const refused = await patch(service, bad.path, JSON_PATCH, copy, { "If-Match": bad.etag });
  expect(refused.status).toBe(422);
  expect((await problemOf(refused)).errors).toMatchObject([{ pointer: "#/0" }]);
  expect(await storedProduct(bad.product.id)).toMatchObject({ version: 1, name: INPUT.name });
});

describe("preconditions of a patch", () => {
  it("I06 a missing one is 428 and a stale one 412, before the body is parsed", async () => {
    const made = await makeProduct(service);
    for (const body of [{ stock: 9 }, { nonsense: 1 }, "{", "[]"]) {
      expect((await patch(service, made.path, MERGE_PATCH, body, {})).status).toBe(428);
      expect((await patch(service, made.path, MERGE_PATCH, body, { "If-Match": '"stale"' })).status).toBe(412);
      expect((await patch(service, MISSING, MERGE_PATCH, body, {})).status).toBe(404);
      expect((await patch(service, MISSING, MERGE_PATCH, body, { "If-Match": "*" })).status).toBe(404);
    }
    expect(await storedProduct(made.product.id)).toMatchObject({ version: 1 });
  });

  it("I06 are checked after the media type", async () => {
    const made = await makeProduct(service);
    expect((await patch(service, made.path, "application/json", {}, {})).status).toBe(415);
  });
});

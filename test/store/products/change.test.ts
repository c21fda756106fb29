/** PATCH /v1/products/{id}: the effects on the product, its row and its list. */
import { describe, expect, it } from "vitest";
import { startRecorder } from "../../support/recorder.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../../support/requests.ts";
import { staff, startService } from "../../support/service.ts";
import { generationOfProducts, makeProduct, type Product, storedProduct } from "../support/products.ts";

describe("a change", () => {
  it("returns the new state, and increments the version and the list's generation", async () => {
    const service = startService({ as: staff });
    const { path, etag, product } = await makeProduct(service);
    const generation = await generationOfProducts();
    service.advance(1500);
    const response = await patch(
      service,
      path,
      MERGE_PATCH,
      { price: { amount: 5 }, name: "Oak" },
      { "If-Match": etag },
    );
    expect(response.status).toBe(200);
    const changed: Product = await response.json();
    expect(changed).toEqual({
      ...product,
      name: "Oak",
      price: { amount: 5, currency: "USD" },
      updated_at: new Date(service.now()).toISOString(),
    });
    expect(Object.keys(changed)).toEqual(Object.keys(product));
    expect(header(response, "Last-Modified")).toBe(new Date(Math.floor(service.now() / 1000) * 1000).toUTCString());
    expect(await storedProduct(product.id)).toMatchObject({ version: 2, updated_at: service.now(), price_amount: 5 });
    expect(await generationOfProducts()).toBe(generation + 1);
  });

  it("costs two round trips: the read and the write", async () => {
    const service = startService({ as: staff });
    const { path } = await makeProduct(service);
    await patch(service, path, MERGE_PATCH, { stock: 1 }, { "If-Match": "*" });
    expect(JSON.parse(service.logs.at(-1) ?? "{}")).toMatchObject({ "db.round_trips": 2 });
    await patch(service, path, MERGE_PATCH, {}, { "If-Match": "*" });
    expect(JSON.parse(service.logs.at(-1) ?? "{}")).toMatchObject({ "db.round_trips": 1 });
  });

  it("writes only the changed columns, so that a change of stock does not update the full-text index", async () => {
    const recorder = startRecorder();
    const service = startService({ as: staff, bindings: { DB: recorder.database } });
    const { path } = await makeProduct(service);
    const columnsSetBy = async (body: unknown) => {
      recorder.take();
      expect((await patch(service, path, MERGE_PATCH, body, { "If-Match": "*" })).status).toBe(200);
      const update = recorder.take().find(({ sql }) => sql.startsWith("update"));
      return Array.from(update?.sql.matchAll(/"(\w+)" = \?/g) ?? [], ([, column]) => column).filter(
        (name) => name !== "id",
      );
    };
    expect(await columnsSetBy({ stock: 77 })).toEqual(["stock", "version", "updated_at"]);
    expect(await columnsSetBy({ stock: 77, name: "Oak" })).toEqual(["name", "version", "updated_at"]);
    expect(await columnsSetBy({ price: { amount: 7 }, brand: "oakish" })).toEqual([
      "brand",
      "price_amount",
      "version",
      "updated_at",
    ]);
    expect(await columnsSetBy({ stock: 77 })).toEqual([]);
  });

  it("does not affect other products and their tags", async () => {
    const service = startService({ as: staff });
    const other = await makeProduct(service);
    const { path, etag } = await makeProduct(service);
    await patch(service, path, MERGE_PATCH, { stock: 1 }, { "If-Match": etag });
    const read = await service.fetch(other.path);
    expect(header(read, "ETag")).toBe(other.etag);
    expect(await read.json()).toEqual(other.product);
  });

  it("makes the product findable by its new words and not by its old ones", async () => {
    const service = startService({ as: staff });
    const { path, etag } = await makeProduct(service, { name: "Quincewood lectern" });
    await patch(service, path, MERGE_PATCH, { name: "Rosewood lectern" }, { "If-Match": etag });
    const found = async (word: string) =>
      (await (await service.fetch(`/v1/products?q=${word}`)).json<{ data: unknown[] }>()).data.length;
    expect(await found("quincewood")).toBe(0);
    expect(await found("rosewood")).toBe(1);
  });

  it("limits text by characters", async () => {
    const service = startService({ as: staff });
    const { path } = await makeProduct(service);
    const lamp = "\u{1F4A1}";
    for (const [format, nameOf] of [
      [MERGE_PATCH, (name: string) => ({ name })],
      [JSON_PATCH, (name: string) => [{ op: "replace", path: "/name", value: name }]],
    ] as const) {
      const fits = await patch(service, path, format, nameOf(lamp.repeat(200)), { "If-Match": "*" });
      expect(fits.status).toBe(200);
      const tooLong = await patch(service, path, format, nameOf(lamp.repeat(201)), { "If-Match": "*" });
      expect(tooLong.status).toBe(422);
    }
  });
});

describe("a clock that goes backwards", () => {
  /** The edge would return its stored `Date`. */
  const withoutEdge = { SLUICE_EDGE: "off" } as unknown as Partial<Env>; // the types have only the defaults of the settings

  it("never reduces `updated_at`, but changes the tag", async () => {
    const service = startService({ as: staff, bindings: withoutEdge });
    const { path, etag, product } = await makeProduct(service);
    service.advance(-3_600_000);
    const response = await patch(service, path, MERGE_PATCH, { stock: 8 }, { "If-Match": etag });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ...product, stock: 8 });
    expect(header(response, "ETag")).not.toBe(etag);
    // `Last-Modified` is never later than `Date`, even if the stored date is (RFC 9110 section 8.8.2.1).
    const list = await service.fetch("/v1/products");
    for (const answer of [response, list]) {
      expect(Date.parse(header(answer, "Last-Modified"))).toBe(service.now());
    }
    service.advance(3_600_000);
    const later = await service.fetch("/v1/products");
    expect(Date.parse(header(later, "Last-Modified"))).toBeGreaterThanOrEqual(Date.parse(product.updated_at));
  });

  it("changes the list's tag but not its date", async () => {
    const service = startService({ as: staff, bindings: withoutEdge });
    const { path, etag } = await makeProduct(service);
    const before = await service.fetch("/v1/products");
    service.advance(-1000);
    await patch(service, path, MERGE_PATCH, { stock: 8 }, { "If-Match": etag });
    const after = await service.fetch("/v1/products", { headers: { "If-None-Match": header(before, "ETag") } });
    expect(after.status).toBe(200);
    service.advance(1000);
    const later = await service.fetch("/v1/products", { headers: { "If-None-Match": header(after, "ETag") } });
    expect(later.status).toBe(304);
    expect(header(later, "Last-Modified")).toBe(header(before, "Last-Modified"));
  });

  it("does not reduce the date by a deletion either", async () => {
    const service = startService({ as: staff });
    const { path, etag, product } = await makeProduct(service);
    service.advance(-5000);
    expect((await service.fetch(path, { method: "DELETE", headers: { "If-Match": etag } })).status).toBe(204);
    expect(await storedProduct(product.id)).toMatchObject({ updated_at: Date.parse(product.updated_at), version: 2 });
  });
});

it("a product deleted between the precondition and the write is 412", async () => {
  const service = startService({ as: staff });
  const { path, etag, product } = await makeProduct(service);
  const [changed, deleted] = await Promise.all([
    patch(service, path, MERGE_PATCH, { stock: 8 }, { "If-Match": etag }),
    service.fetch(path, { method: "DELETE", headers: { "If-Match": etag } }),
  ]);
  expect([changed.status, deleted.status].filter((status) => status < 300)).toHaveLength(1);
  const loser = changed.ok ? deleted : changed;
  expect([404, 412]).toContain(loser.status);
  expect(["NOT_FOUND", "PRECONDITION_FAILED"]).toContain((await problemOf(loser)).code);
  expect(await storedProduct(product.id)).toMatchObject({ version: 2 });
});

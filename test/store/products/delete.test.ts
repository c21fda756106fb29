/** DELETE /v1/products/{id}: what disappears, what remains, and the effect on the list. */
import { expect, it } from "vitest";
import { header, MERGE_PATCH, patch, problemOf } from "../../support/requests.ts";
import { staff, startService } from "../../support/service.ts";
import { generationOfProducts, makeProduct, storedProduct } from "../support/products.ts";

const service = startService({ as: staff });

function remove(path: string, etag: string): Promise<Response> {
  return service.fetch(path, { method: "DELETE", headers: { "If-Match": etag } });
}

it("returns 204 without a body, and the product is not found anywhere", async () => {
  const { path, etag, product } = await makeProduct(service, { name: "Zebrano stool", category: "stools" });
  const list = await service.fetch("/v1/products");
  const generation = await generationOfProducts();
  service.advance(2000);
  const response = await remove(path, etag);
  expect(response.status).toBe(204);
  expect(await response.text()).toBe("");
  expect(response.headers.get("Content-Type")).toBeNull();
  expect(response.headers.get("ETag")).toBeNull();

  for (const headers of [{}, { "If-None-Match": etag }, { "If-Match": etag }]) {
    expect((await service.fetch(path, { headers })).status).toBe(404);
    expect((await service.fetch(path, { method: "HEAD", headers })).status).toBe(404);
  }
  for (const query of ["", "?q=zebrano", "?filter[category]=stools", "?facets=category&filter[category]=stools"]) {
    const { data, facets } = await (await service.fetch(`/v1/products${query}`)).json<{
      data: { id: string }[];
      facets?: { category: { value: string }[] };
    }>();
    expect(data.map(({ id }) => id)).not.toContain(product.id);
    expect((facets?.category ?? []).map(({ value }) => value)).not.toContain("stools");
  }
  const after = await service.fetch("/v1/products", { headers: { "If-None-Match": header(list, "ETag") } });
  expect(after.status).toBe(200);
  expect(Date.parse(header(after, "Last-Modified"))).toBe(service.now());
  expect(await generationOfProducts()).toBe(generation + 1);
});

it("leaves a tombstone with the last state, so that snapshots can show it", async () => {
  const { path, etag, product } = await makeProduct(service);
  service.advance(2000);
  await remove(path, etag);
  expect(await storedProduct(product.id)).toMatchObject({
    name: product.name,
    version: 2,
    deleted_at: service.now(),
    created_at: Date.parse(product.created_at),
  });
});

it("a deleted product cannot be deleted, changed or restored", async () => {
  const { path, etag, product } = await makeProduct(service);
  await remove(path, etag);
  const stored = await storedProduct(product.id);
  const generation = await generationOfProducts();
  for (const ifMatch of [etag, "*", '"a"']) {
    expect((await remove(path, ifMatch)).status).toBe(404);
    expect((await patch(service, path, MERGE_PATCH, { stock: 1 }, { "If-Match": ifMatch })).status).toBe(404);
  }
  expect((await service.fetch(path, { method: "DELETE" })).status).toBe(404);
  expect((await service.fetch(path, { method: "DELETE", headers: { "If-None-Match": "*" } })).status).toBe(404);
  expect(await storedProduct(product.id)).toEqual(stored);
  expect(await generationOfProducts()).toBe(generation);
});

it("costs two round trips: the read and the write", async () => {
  const { path, etag } = await makeProduct(service);
  await remove(path, etag);
  expect(JSON.parse(service.logs.at(-1) ?? "{}")).toMatchObject({ "db.round_trips": 2 });
});

it("a stale tag deletes nothing, and the response does not depend on the body", async () => {
  const { path, etag, product } = await makeProduct(service);
  await patch(service, path, MERGE_PATCH, { stock: 8 }, { "If-Match": etag });
  const refused = await remove(path, etag);
  expect(refused.status).toBe(412);
  expect((await problemOf(refused)).code).toBe("PRECONDITION_FAILED");
  expect(await storedProduct(product.id)).toMatchObject({ version: 2, deleted_at: null });
});

it("a malformed id is 404 without a query", async () => {
  for (const id of [
    "x",
    "prod_",
    "user_01hk2nvj80e8ev3rx1q7t4d6zz",
    "prod_01HK2NVJ80E8EV3RX1Q7T4D6ZZ",
    "prod_81hk2nvj80e8ev3rx1q7t4d6zz",
  ]) {
    expect((await remove(`/v1/products/${id}`, "*")).status).toBe(404);
    expect(JSON.parse(service.logs.at(-1) ?? "{}")).toMatchObject({ "db.round_trips": 0 });
  }
});

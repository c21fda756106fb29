/** What a request costs of the database, by the log's own account. */
import { beforeAll, describe, expect, it } from "vitest";
import { customer, staff, startService } from "../../support/service.ts";
import { fillCatalogue, idOf } from "./catalogue.ts";
import { list } from "./walk.ts";

const service = startService({ as: staff });

beforeAll(async () => {
  await fillCatalogue(60);
});

function lastRoundTrips(): number {
  const line: { "db.round_trips": number } = JSON.parse(service.logs.at(-1) ?? "{}");
  return line["db.round_trips"];
}

describe("round trips to the database", () => {
  it.each<[string, string, number, number]>([
    ["a page of 20", "/v1/products?limit=20", 200, 1],
    ["a page of 100", "/v1/products?limit=100", 200, 1],
    ["a page with facets", "/v1/products?facets=category,brand", 200, 1],
    ["a search", "/v1/products?q=trail", 200, 1],
    ["a search with filters and facets", "/v1/products?q=trail&facets=brand&filter[category]=tents,cameras", 200, 1],
    ["an empty list", "/v1/products?filter[brand]=nobody", 200, 2],
    ["an empty list with facets", "/v1/products?filter[brand]=nobody&facets=brand", 200, 2],
    ["the first page of a frozen view", "/v1/products?page=1", 200, 1],
    ["one product", `/v1/products/${idOf(1)}`, 200, 1],
    ["a bad parameter", "/v1/products?limit=0", 400, 0],
    ["a bad sort", "/v1/products?sort=stock", 400, 0],
    ["a bad cursor", "/v1/products?cursor=AAAA", 400, 0],
  ])("%s", async (_, path, status, expected) => {
    expect((await service.fetch(path)).status).toBe(status);
    expect(lastRoundTrips()).toBe(expected);
  });

  it("further pages cost what the first does", async () => {
    const first = await list(service, { limit: 20 });
    await list(service, { limit: 20, cursor: first.page.next ?? "" });
    expect(lastRoundTrips()).toBe(1);
    const frozen = await list(service, { limit: 20, page: 1 });
    await list(service, { limit: 20, page: 2, snapshot: frozen.page.snapshot });
    expect(lastRoundTrips()).toBe(1);
  });

  it("an unchanged list costs its validator alone", async () => {
    const etag = (await service.fetch("/v1/products?limit=20")).headers.get("ETag") ?? "";
    expect((await service.fetch("/v1/products?limit=20", { headers: { "If-None-Match": etag } })).status).toBe(304);
    expect(lastRoundTrips()).toBe(1);
  });

  it("a refused frozen view costs nothing", async () => {
    const other = startService({ as: customer });
    expect((await other.fetch("/v1/products?page=1")).status).toBe(403);
    expect(JSON.parse(other.logs.at(-1) ?? "{}")["db.round_trips"]).toBe(0);
  });
});

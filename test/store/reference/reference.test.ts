/** The lists of categories and brands: their content, their maximum age and their cost. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { startNamespace, type TestNamespace } from "../../support/namespace.ts";
import { planOf, rowsRead, startRecorder } from "../../support/recorder.ts";
import { type Service, startService } from "../../support/service.ts";
import { changeRow, deleteRow, emptyCatalogue, insertRows, rowOf } from "../products/catalogue.ts";

interface Entry {
  readonly id: string;
  readonly count: number;
}
interface List {
  readonly data: readonly Entry[];
  readonly page: { readonly next: string | null; readonly prev: string | null; readonly has_more: boolean };
}

let namespace: TestNamespace;
let service: Service;
const recorder = startRecorder();
/**
 * Each test starts a day later, because the memory of an isolate outlives a test and values from the future are
 * ignored.
 */
let day = 0;

beforeEach(async () => {
  await emptyCatalogue();
  await insertRows([
    rowOf(1, { category: "tents", brand: "acme" }),
    rowOf(2, { category: "cameras", brand: "acme" }),
    rowOf(3, { category: "tents", brand: "typhane" }),
  ]);
  namespace = startNamespace();
  service = startService({ bindings: { READ_MODELS: namespace.binding, DB: recorder.database } });
  day += 1;
  service.advance(day * 86_400_000);
  recorder.take();
});

async function read<Body = List>(path: string, headers: Record<string, string> = {}): Promise<Body> {
  const response = await service.fetch(path, { headers });
  expect(response.status, path).toBe(200);
  return response.json();
}

const categories = async () => (await read("/v1/categories")).data;
const before = [
  { id: "cameras", count: 1 },
  { id: "tents", count: 2 },
];
const after = [{ id: "tents", count: 3 }];
const change = () => changeRow(rowOf(2).id, "category", "tents");

describe("categories and brands", () => {
  it("are the values of all products, sorted by name, with their counts", async () => {
    expect(await read("/v1/categories")).toEqual({
      data: before,
      page: { next: null, prev: null, has_more: false, limit: 20 },
    });
    expect((await read("/v1/brands")).data).toEqual([
      { id: "acme", count: 2 },
      { id: "typhane", count: 1 },
    ]);
  });

  it("do not count deleted products", async () => {
    await deleteRow(rowOf(2).id);
    expect(await categories()).toEqual([{ id: "tents", count: 2 }]);
    expect((await service.fetch("/v1/categories/cameras")).status).toBe(404);
  });

  it("are empty without products", async () => {
    await emptyCatalogue();
    expect(await categories()).toEqual([]);
    expect((await service.fetch("/v1/brands/acme")).status).toBe(404);
  });

  it("can be read individually by the links of the list", async () => {
    expect(await read("/v1/brands/acme")).toEqual({ id: "acme", count: 2 });
    expect(await read("/v1/brands/acme?fields=id")).toEqual({ id: "acme" });
    const hal = await read<{ _embedded: { brands: { _links: { self: { href: string } } }[] } }>("/v1/brands", {
      Accept: "application/hal+json",
    });
    const links = hal._embedded.brands.map(({ _links }) => _links.self.href);
    for (const link of links) expect((await service.fetch(link)).status).toBe(200);
    expect(links).toHaveLength(2);
  });

  it.each(["/v1/brands/nobody", "/v1/categories/Tents", "/v1/categories/tents%2F"])("%s is missing", async (path) => {
    expect((await service.fetch(path)).status).toBe(404);
  });

  it.each(["sort=id", "page=1", "filter[id]=tents", "limit=0", "limit=101", "fields=name", "cursor=AAAA"])(
    "a list refuses ?%s",
    async (query) => {
      expect((await service.fetch(`/v1/categories?${query}`)).status).toBe(400);
    },
  );
});

describe("a walk", () => {
  const names = Array.from({ length: 25 }, (_, number) => `kind-${String(number).padStart(2, "0")}`);
  beforeEach(() => insertRows(names.map((category, number) => rowOf(100 + number, { category }))));
  const all = ["cameras", ...names, "tents"];
  const ids = ({ data }: List) => data.map(({ id }) => id);

  it("returns each category once, forward and backward", async () => {
    const pages: List[] = [await read("/v1/categories?limit=10")];
    for (let cursor = pages[0]?.page.next; cursor != null; cursor = pages.at(-1)?.page.next) {
      pages.push(await read(`/v1/categories?limit=10&cursor=${cursor}`));
    }
    expect(pages.map((page) => page.data.length)).toEqual([10, 10, 7]);
    expect(pages.flatMap(ids)).toEqual(all);
    const back = await read(`/v1/categories?limit=10&cursor=${pages[2]?.page.prev}`);
    expect(ids(back)).toEqual(all.slice(10, 20));
  });

  it("continues after a category that no longer exists", async () => {
    const first = await read("/v1/categories?limit=2");
    expect(ids(first)).toEqual(["cameras", "kind-00"]);
    await deleteRow(rowOf(100).id);
    service.advance(120_001);
    expect(ids(await read(`/v1/categories?limit=2&cursor=${first.page.next}`))).toEqual(["kind-01", "kind-02"]);
  });

  it("of one list is refused for another", async () => {
    const { page } = await read("/v1/categories?limit=2");
    expect((await service.fetch(`/v1/brands?limit=2&cursor=${page.next}`)).status).toBe(400);
  });
});

describe("the age of a list", () => {
  it("a change is visible after two minutes at most, and earlier if a read in between refreshed the list", async () => {
    expect(await categories()).toEqual(before);
    await change();
    service.advance(60_000);
    expect(await categories()).toEqual(before);
    service.advance(1);
    expect(await categories()).toEqual(before);
    expect(await categories()).toEqual(after);
  });

  it("a change is visible after two minutes without reads in between", async () => {
    expect(await categories()).toEqual(before);
    await change();
    service.advance(120_001);
    expect(await categories()).toEqual(after);
  });

  it("a cache must revalidate each time", async () => {
    const { headers } = await service.fetch("/v1/categories");
    expect(headers.get("Cache-Control")).toBe("public, no-cache");
    expect(headers.get("Vary")).toMatch(/\bAccept\b/);
    expect(headers.get("Cache-Status")).not.toBeNull();
  });
});

describe("the validator of a list", () => {
  it("depends on the content, not on the time of its computation", async () => {
    const first = await service.fetch("/v1/categories");
    const etag = first.headers.get("ETag") ?? "";
    expect(etag).toMatch(/^"[^"]+"$/);
    await changeRow(rowOf(1).id, "stock", 7);
    service.advance(120_001);
    const second = await service.fetch("/v1/categories", { headers: { "If-None-Match": etag } });
    expect(second.status).toBe(304);
    expect(second.headers.get("Last-Modified")).toBe(first.headers.get("Last-Modified"));
    await change();
    service.advance(120_001);
    const third = await service.fetch("/v1/categories", { headers: { "If-None-Match": etag } });
    expect(third.status).toBe(200);
    expect(await third.json<List>()).toMatchObject({ data: after });
  });

  it("differs by representation and by list", async () => {
    const tags = await Promise.all(
      [
        ["/v1/categories", "application/json"],
        ["/v1/categories", "application/hal+json"],
        ["/v1/categories?limit=1", "application/json"],
        ["/v1/brands", "application/json"],
        ["/v1/brands/acme", "application/json"],
      ].map(async ([path = "", accept = ""]) =>
        (await service.fetch(path, { headers: { Accept: accept } })).headers.get("ETag"),
      ),
    );
    expect(new Set(tags).size).toBe(5);
  });

  it("is never a date after its computation, which each copy would inherit", async () => {
    const first = await service.fetch("/v1/categories/tents");
    const stored = JSON.parse(namespace.values.get("categories") ?? "{}");
    stored.value.changed_at = Date.UTC(2100, 0, 1);
    // The value that this isolate remembers is too old to be used.
    day += 1;
    service.advance(86_400_000);
    stored.made_at = service.now();
    namespace.values.set("categories", JSON.stringify(stored));
    const second = await service.fetch("/v1/categories/tents");
    expect(second.headers.get("Last-Modified")).toBe(first.headers.get("Last-Modified"));
    expect(JSON.parse(namespace.values.get("categories") ?? "{}").value.changed_at).toBeLessThan(service.now());
  });

  it("is the date of its computation if the last write came from a clock that was ahead", async () => {
    const later = service.now() + 3_600_000;
    const setTo = (changedAt: unknown) =>
      env.DB.prepare("UPDATE collections SET changed_at = ? WHERE name = 'products'").bind(changedAt).run();
    const earlier = await env.DB.prepare("SELECT changed_at FROM collections WHERE name = 'products'").first(
      "changed_at",
    );
    await setTo(later);
    // Otherwise the value remembered from another test would be equal and keep its date.
    await insertRows([rowOf(4)]);
    await categories();
    await setTo(earlier);
    expect(JSON.parse(namespace.values.get("categories") ?? "{}").value.changed_at).toBe(service.now());
  });

  it("is also the date of If-Modified-Since", async () => {
    const lastModified = (await service.fetch("/v1/categories")).headers.get("Last-Modified") ?? "";
    const headers = { "If-Modified-Since": lastModified };
    expect((await service.fetch("/v1/categories", { headers })).status).toBe(304);
  });
});

describe("the cost of a list", () => {
  it("is one statement without a stored list, one read of KV in a new isolate, and nothing afterwards", async () => {
    await categories();
    expect(recorder.take()).toHaveLength(1);
    expect(namespace.asked).toEqual(["categories"]);
    await Promise.all(Array.from({ length: 20 }, categories));
    await read("/v1/categories?limit=1");
    await read("/v1/categories/tents");
    expect(recorder.take()).toEqual([]);
    expect(namespace.asked).toEqual(["categories"]);
  });

  it("is in the database one scan of an index, with one row per product", async () => {
    await insertRows(Array.from({ length: 997 }, (_, number) => rowOf(1000 + number)));
    for (const path of ["/v1/categories", "/v1/brands"]) {
      await read(path);
      const [statement] = recorder.take();
      if (statement === undefined) throw new Error(`${path} sent no statement`);
      expect((await planOf(statement))[0]).toMatch(/^SCAN products USING INDEX products_by_(category|brand)_/);
      expect(await rowsRead(statement)).toBeLessThan(1100);
    }
  });
});

/** The lists of categories and brands: what they say, how old it can be, and what it costs. */
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
/** What an isolate remembers outlives a test, and nothing is remembered from the future: each test is a day later. */
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
  it("are what products have, by name, with how many have it", async () => {
    expect(await read("/v1/categories")).toEqual({
      data: before,
      page: { next: null, prev: null, has_more: false, limit: 20 },
    });
    expect((await read("/v1/brands")).data).toEqual([
      { id: "acme", count: 2 },
      { id: "typhane", count: 1 },
    ]);
  });

  it("do not know of products that are gone", async () => {
    await deleteRow(rowOf(2).id);
    expect(await categories()).toEqual([{ id: "tents", count: 2 }]);
    expect((await service.fetch("/v1/categories/cameras")).status).toBe(404);
  });

  it("are nothing where there is nothing", async () => {
    await emptyCatalogue();
    expect(await categories()).toEqual([]);
    expect((await service.fetch("/v1/brands/acme")).status).toBe(404);
  });

  it("are read one by one, as a list leads to them", async () => {
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

  it("sees each category once, forward and backward", async () => {
    const pages: List[] = [await read("/v1/categories?limit=10")];
    for (let cursor = pages[0]?.page.next; cursor != null; cursor = pages.at(-1)?.page.next) {
      pages.push(await read(`/v1/categories?limit=10&cursor=${cursor}`));
    }
    expect(pages.map((page) => page.data.length)).toEqual([10, 10, 7]);
    expect(pages.flatMap(ids)).toEqual(all);
    const back = await read(`/v1/categories?limit=10&cursor=${pages[2]?.page.prev}`);
    expect(ids(back)).toEqual(all.slice(10, 20));
  });

  it("goes on behind a category that is gone", async () => {
    const first = await read("/v1/categories?limit=2");
    expect(ids(first)).toEqual(["cameras", "kind-00"]);
    await deleteRow(rowOf(100).id);
    service.advance(120_001);
    expect(ids(await read(`/v1/categories?limit=2&cursor=${first.page.next}`))).toEqual(["kind-01", "kind-02"]);
  });

  it("of one list is none of another", async () => {
    const { page } = await read("/v1/categories?limit=2");
    expect((await service.fetch(`/v1/brands?limit=2&cursor=${page.next}`)).status).toBe(400);
  });
});

describe("how old it is", () => {
  it("a change shows after two minutes at the latest, and where somebody asks within, right after that", async () => {
    expect(await categories()).toEqual(before);
    await change();
    service.advance(60_000);
    expect(await categories()).toEqual(before);
    service.advance(1);
    expect(await categories()).toEqual(before);
    expect(await categories()).toEqual(after);
  });

  it("a change shows after two minutes where nobody asked within", async () => {
    expect(await categories()).toEqual(before);
    await change();
    service.advance(120_001);
    expect(await categories()).toEqual(after);
  });

  it("a cache asks each time", async () => {
    const { headers } = await service.fetch("/v1/categories");
    expect(headers.get("Cache-Control")).toBe("public, no-cache");
    expect(headers.get("Vary")).toMatch(/\bAccept\b/);
    expect(headers.get("Cache-Status")).not.toBeNull();
  });
});

describe("what it is validated by", () => {
  it("is what it says, and not when it was made", async () => {
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

  it("is another for another representation, and for another list", async () => {
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

  it("is never a date from after it was made, which would be handed on from copy to copy", async () => {
    const first = await service.fetch("/v1/categories/tents");
    const stored = JSON.parse(namespace.values.get("categories") ?? "{}");
    stored.value.changed_at = Date.UTC(2100, 0, 1);
    // What this isolate remembers is too old to be of use.
    day += 1;
    service.advance(86_400_000);
    stored.made_at = service.now();
    namespace.values.set("categories", JSON.stringify(stored));
    const second = await service.fetch("/v1/categories/tents");
    expect(second.headers.get("Last-Modified")).toBe(first.headers.get("Last-Modified"));
    expect(JSON.parse(namespace.values.get("categories") ?? "{}").value.changed_at).toBeLessThan(service.now());
  });

  it("is the date at which it was made, where a clock that was ahead has written last", async () => {
    const later = service.now() + 3_600_000;
    const setTo = (changedAt: unknown) =>
      env.DB.prepare("UPDATE collections SET changed_at = ? WHERE name = 'products'").bind(changedAt).run();
    const earlier = await env.DB.prepare("SELECT changed_at FROM collections WHERE name = 'products'").first(
      "changed_at",
    );
    await setTo(later);
    // What is remembered from another test says the same, and would be taken with its date.
    await insertRows([rowOf(4)]);
    await categories();
    await setTo(earlier);
    expect(JSON.parse(namespace.values.get("categories") ?? "{}").value.changed_at).toBe(service.now());
  });

  it("is the date for who has no tag", async () => {
    const lastModified = (await service.fetch("/v1/categories")).headers.get("Last-Modified") ?? "";
    const headers = { "If-Modified-Since": lastModified };
    expect((await service.fetch("/v1/categories", { headers })).status).toBe(304);
  });
});

describe("what it costs", () => {
  it("one statement where there is no list, one read of KV where this isolate has none, and then nothing", async () => {
    await categories();
    expect(recorder.take()).toHaveLength(1);
    expect(namespace.asked).toEqual(["categories"]);
    await Promise.all(Array.from({ length: 20 }, categories));
    await read("/v1/categories?limit=1");
    await read("/v1/categories/tents");
    expect(recorder.take()).toEqual([]);
    expect(namespace.asked).toEqual(["categories"]);
  });

  it("of the database, then: one walk through an index, a row for each product", async () => {
    await insertRows(Array.from({ length: 997 }, (_, number) => rowOf(1000 + number)));
    for (const path of ["/v1/categories", "/v1/brands"]) {
      await read(path);
      const [statement] = recorder.take();
      if (statement === undefined) throw new Error(`${path} asked nothing`);
      expect((await planOf(statement))[0]).toMatch(/^SCAN products USING INDEX products_by_(category|brand)_/);
      expect(await rowsRead(statement)).toBeLessThan(1100);
    }
  });
});

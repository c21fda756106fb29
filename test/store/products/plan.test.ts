/**
 * How SQLite executes each real statement of the list: through an index, and without sorting for a single sort key. The
 * statements are recorded from the service's own calls and explained with their own values.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { ListBody } from "../../support/lists.ts";
import { planOf, rowsRead, type Statement, startRecorder } from "../../support/recorder.ts";
import { staff, startService } from "../../support/service.ts";
import { allSorts, fillCatalogue, idOf } from "./catalogue.ts";
import { list } from "./walk.ts";

const recorder = startRecorder();
const service = startService({ as: staff, bindings: { DB: recorder.database } });
type Parameters = Record<string, string | number | undefined>;

beforeAll(async () => {
  await fillCatalogue(1300);
  recorder.take();
});

/** The statements of the first page, the next page and the page before that. */
async function statementsOf(parameters: Parameters): Promise<Record<"first" | "next" | "prev", Statement[]>> {
  const first = await list(service, parameters);
  const ofFirst = recorder.take();
  const second: ListBody | undefined =
    first.page.next === null ? undefined : await list(service, { ...parameters, cursor: first.page.next });
  const ofNext = recorder.take();
  if (second?.page.prev != null) await list(service, { ...parameters, cursor: second.page.prev });
  return { first: ofFirst, next: ofNext, prev: recorder.take() };
}

const explained = new Map<string, Promise<string[]>>();

function plan(statement: Statement): Promise<string[]> {
  const known = explained.get(statement.sql) ?? planOf(statement);
  explained.set(statement.sql, known);
  return known;
}

/** Only structures that SQLite built in this statement may be read without an index. */
function isIndexed(step: string): boolean {
  if (!/^(SCAN|SEARCH) /.test(step)) return !/AUTOMATIC/.test(step);
  return /USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY|USING PRIMARY KEY|VIRTUAL TABLE INDEX|^SCAN \(subquery-\d+\)$|^SCAN (category|brand)_counts$/.test(
    step,
  );
}

async function expectIndexed(statements: readonly Statement[], label: string): Promise<void> {
  expect(statements.length, label).toBeGreaterThan(0);
  for (const statement of statements) {
    const steps = await plan(statement);
    expect(steps.length, statement.sql).toBeGreaterThan(0);
    for (const step of steps) expect(isIndexed(step), `${label}: ${step}\n${statement.sql}`).toBe(true);
  }
}

const CATEGORIES = [undefined, "tents", "tents,cameras"];
const BRANDS = [undefined, "acme", "acme,typhane,auvelin"];
const PRICES: Parameters[] = [
  {},
  { "filter[price][gte]": 500 },
  { "filter[price][lte]": 3500 },
  { "filter[price][gte]": 500, "filter[price][lte]": 3500 },
];
const FILTERS: Parameters[] = CATEGORIES.flatMap((category) =>
  BRANDS.flatMap((brand) =>
    PRICES.flatMap((price) =>
      [undefined, "trail"].map((q) => ({ "filter[category]": category, "filter[brand]": brand, ...price, q })),
    ),
  ),
);

describe("query plans", () => {
  it("reveal a scan and a sort, if there is one", async () => {
    const scan = await planOf({ sql: "SELECT * FROM products WHERE stock > ? ORDER BY stock", values: [1] });
    expect(scan.filter((step) => !isIndexed(step))).toEqual(["SCAN products"]);
    expect(scan).toContain("USE TEMP B-TREE FOR ORDER BY");
  });

  it("use an index for all 78 sort orders, and do not sort for a single key", async () => {
    for (const sort of allSorts()) {
      const statements = await statementsOf({ sort, limit: 2 });
      for (const [direction, sent] of Object.entries(statements)) {
        await expectIndexed(sent, `${sort} ${direction}`);
        if (sort.includes(",")) continue;
        const steps = (await Promise.all(sent.map(plan))).flat();
        expect(steps.filter((step) => step.includes("TEMP B-TREE"))).toEqual([]);
      }
    }
  }, 60_000);

  it("do not sort for the default order and for one filter value with a single key", async () => {
    const single: Parameters[] = [{}, { "filter[category]": "tents" }, { "filter[brand]": "acme" }];
    for (const filter of single) {
      for (const sort of [undefined, "price", "-price", "name", "-name", "created_at"]) {
        const { first, next, prev } = await statementsOf({ ...filter, sort, limit: 2 });
        for (const statement of [...first, ...next, ...prev]) {
          expect((await plan(statement)).join(" | "), statement.sql).not.toContain("TEMP B-TREE");
        }
      }
    }
  });

  it("use an index for every combination of filters, in both directions", async () => {
    expect(FILTERS).toHaveLength(72);
    for (const filter of FILTERS) {
      for (const sort of [undefined, "name", "price,-name"]) {
        const label = JSON.stringify({ ...filter, sort });
        const { first, next, prev } = await statementsOf({ ...filter, sort, limit: 1 });
        await expectIndexed(first, label);
        await expectIndexed(next, label);
        await expectIndexed(prev, label);
      }
    }
  }, 120_000);

  it("use an index for facets, snapshots, one product and the validator", async () => {
    for (const filter of FILTERS) {
      await list(service, { ...filter, limit: 1, facets: "category,brand" });
      await expectIndexed(recorder.take(), `facets ${JSON.stringify(filter)}`);
      const { page } = await list(service, { ...filter, limit: 1, page: 1 });
      await expectIndexed(recorder.take(), `freeze ${JSON.stringify(filter)}`);
      await list(service, { ...filter, limit: 1, page: 2, snapshot: page.snapshot });
      await expectIndexed(recorder.take(), `snapshot ${JSON.stringify(filter)}`);
    }
    for (const sort of allSorts()) {
      await list(service, { sort, limit: 1, page: 1 });
      await expectIndexed(recorder.take(), `freeze ${sort}`);
    }
    expect((await service.fetch(`/v1/products/${idOf(7)}`)).status).toBe(200);
    await expectIndexed(recorder.take(), "one product");
    const etag = (await service.fetch("/v1/products")).headers.get("ETag") ?? "";
    recorder.take();
    expect((await service.fetch("/v1/products", { headers: { "If-None-Match": etag } })).status).toBe(304);
    await expectIndexed(recorder.take(), "validator");
  }, 120_000);
});

describe("rows read for a page of 20 of 1,300", () => {
  const pageOf = (sent: readonly Statement[]) => sent.filter(({ sql }) => /from "products"/.test(sql));

  it.each<[string, Parameters, number]>([
    ["the default order", {}, 25],
    ["one key", { sort: "-price" }, 25],
    ["several keys", { sort: "-created_at,price,name" }, 60],
    ["a category", { "filter[category]": "tents" }, 25],
    ["a category in another order", { "filter[category]": "tents", sort: "name" }, 25],
    ["a brand", { "filter[brand]": "acme" }, 25],
    ["several categories", { "filter[category]": "tents,cameras" }, 90],
    ["several brands in another order", { "filter[brand]": "acme,typhane", sort: "-name" }, 90],
    ["a price range in its order", { "filter[price][gte]": 1000, "filter[price][lte]": 3000, sort: "price" }, 25],
    ["a category and a brand", { "filter[category]": "tents", "filter[brand]": "acme" }, 300],
  ])("%s", async (_, parameters, most) => {
    const { first, next } = await statementsOf({ ...parameters, limit: 20 });
    const [statement] = pageOf(first);
    const [following] = pageOf(next);
    if (statement === undefined || following === undefined) throw new Error("the two pages were not recorded");
    expect(await rowsRead(statement)).toBeLessThanOrEqual(most);
    expect(await rowsRead(following)).toBeLessThanOrEqual(2 * most);
  });

  it("do not depend on the depth of the page", async () => {
    let page = await list(service, { limit: 100 });
    for (let number = 1; number < 12; number += 1) {
      recorder.take();
      page = await list(service, { limit: 100, cursor: page.page.next ?? "" });
    }
    const [statement] = pageOf(recorder.take());
    if (statement === undefined) throw new Error("no page was recorded");
    expect(await rowsRead(statement)).toBeLessThanOrEqual(105);
  });
});

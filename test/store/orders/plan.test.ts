/**
 * How SQLite executes the real statements of orders: always through an index, reading only the rows that are needed.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { ORDER_STATUSES } from "#store/orders/states.ts";
import { listAt, type Parameters, sortsOf } from "../../features/accounts/lists.ts";
import { insertPeople, person, principalOf, userId } from "../../features/accounts/people.ts";
import { expectIndexed, sortsNothing } from "../../features/accounts/plans.ts";
import { rowsRead, startRecorder } from "../../support/recorder.ts";
import { START, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { tick } from "../support/clock.ts";
import { insertOrders, insertProduct, placed, productId, stored, take } from "./shop.ts";

const PATH = "/v1/orders";
const PEOPLE = 20;
const boss = person(0, { role: "staff" });
const owner = person(1);
const recorder = startRecorder();
const asStaff = startService({ as: principalOf(boss), bindings: { DB: recorder.database } });
const asOwner = startService({ as: principalOf(owner), bindings: { DB: recorder.database } });

beforeAll(async () => {
  const people = Array.from({ length: PEOPLE }, (_, number) => (number === 0 ? boss : person(number)));
  await insertPeople(...people);
  await insertHomes(...people.map(({ id }, number) => home(number, id)));
  for (let number = 0; number < 10; number += 1) await insertProduct(number, { stock: 1000 });
  await insertOrders(
    ...Array.from({ length: 2000 }, (_, number) =>
      stored(number, userId(number % PEOPLE), {
        addressId: addressId(number % PEOPLE),
        status: ORDER_STATUSES[(number * 7) % 6] ?? "placed",
        total: (number * 37) % 500,
        createdAt: 1000 + number,
        items: [0, 1].map((item) => ({ productId: productId((number + item) % 10), quantity: 1, price: 10 })),
      }),
    ),
  );
  recorder.take();
});

/** The statements of the first page, the next page and the page before that. */
async function statementsOf(service: typeof asStaff, parameters: Parameters) {
  const first = await listAt(service, PATH, parameters);
  if (first.page.next !== null) {
    const next = await listAt(service, PATH, { ...parameters, cursor: first.page.next });
    if (next.page.prev !== null) await listAt(service, PATH, { ...parameters, cursor: next.page.prev });
  }
  return recorder.take();
}

const FILTERS: readonly Parameters[] = [
  {},
  { "filter[status]": "placed" },
  { "filter[status]": "placed,paid" },
  { "filter[user_id]": userId(3) },
  { "filter[user_id]": userId(3), "filter[status]": "paid" },
  { "filter[user_id]": userId(3), "filter[status]": "paid,placed" },
];

describe("query plans of orders", () => {
  it("use an index for every sort order under every filter, and do not sort for a single sort key", async () => {
    for (const service of [asStaff, asOwner]) {
      for (const filter of FILTERS) {
        for (const sort of sortsOf(["created_at", "total"])) {
          const label = JSON.stringify({ ...filter, sort });
          const statements = await statementsOf(service, { ...filter, sort, limit: 2 });
          await expectIndexed(statements, label);
          const isPlain = !sort.includes(",") && filter["filter[status]"]?.toString().includes(",") !== true;
          if (isPlain) for (const statement of statements) expect(await sortsNothing(statement), label).toBe(true);
        }
      }
    }
  }, 120_000);

  it("use an index for snapshots, one order, included resources, the validator and the writes", async () => {
    for (const filter of FILTERS) {
      const { page } = await listAt(asStaff, PATH, { ...filter, page: 1, limit: 1 });
      await listAt(asStaff, PATH, { ...filter, page: 2, limit: 1, snapshot: page.snapshot });
      await expectIndexed(recorder.take(), `snapshot ${JSON.stringify(filter)}`);
    }
    const list = await asOwner.fetch(`${PATH}?include=user,address,items.product`);
    await expectIndexed(recorder.take(), "composite");
    await asOwner.fetch(PATH, { headers: { "If-None-Match": list.headers.get("ETag") ?? "" } });
    await expectIndexed(recorder.take(), "validator");
    const items = [1, 2].map((number) => ({ product_id: productId(number), quantity: 1 }));
    const { path } = await placed(asOwner, items, addressId(1));
    await expectIndexed(recorder.take(), "placing");
    expect((await take(asOwner, path, "pay")).status).toBe(200);
    await expectIndexed(recorder.take(), "paying");
    expect((await take(asOwner, path, "cancel")).status).toBe(200);
    await expectIndexed(recorder.take(), "cancelling");
  });

  it("find expiring orders by an index in the order of their deadlines", async () => {
    const items = [{ product_id: productId(1), quantity: 1 }];
    await placed(asOwner, items, addressId(1));
    recorder.take();
    await tick(START + 30 * 60_000, recorder.database);
    const statements = recorder.take();
    await expectIndexed(statements, "expiring");
    const [find] = statements;
    if (find === undefined) throw new Error("no statement was recorded");
    expect(await sortsNothing(find)).toBe(true);
    expect(await rowsRead(find)).toBeLessThanOrEqual(10);
  });
});

describe("rows read for a page of 20 of 2,000 orders of two items each", () => {
  // A page reads one row more than it returns, each with its index entry, and the items of all orders.
  it.each<[string, typeof asStaff, Parameters, number]>([
    ["of all users", asStaff, {}, 90],
    ["by total", asStaff, { sort: "total" }, 90],
    ["of a state", asStaff, { "filter[status]": "paid", sort: "total" }, 90],
    ["of several states", asStaff, { "filter[status]": "paid,placed" }, 180],
    ["of an owner", asStaff, { "filter[user_id]": userId(3) }, 90],
    ["of the caller", asOwner, { sort: "-total" }, 90],
    ["of the caller and a state", asOwner, { "filter[status]": "paid" }, 90],
  ])("%s", async (_, service, parameters, most) => {
    await listAt(service, PATH, parameters);
    const [statement] = recorder.take();
    if (statement === undefined) throw new Error("no statement was recorded");
    expect(await rowsRead(statement)).toBeLessThanOrEqual(most);
  });
});

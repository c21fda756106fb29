/** Lists of orders: ownership, filters, sort orders, walks, snapshots and validators. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { ORDER_STATUSES, type OrderStatus } from "#store/orders/states.ts";
import { idsIn, listAt, ordered, type Parameters, sortsOf, walkAt, withQuery } from "../../features/accounts/lists.ts";
import { ada, bob, insertPeople, lastRoundTrips, serviceFor, stella } from "../../features/accounts/people.ts";
import { refusalOf } from "../../support/lists.ts";
import { header, problemOf } from "../../support/requests.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { emptyPeople } from "../support/people.ts";
import {
  emptyShop,
  insertOrders,
  insertProduct,
  orderId,
  placed,
  productId,
  removeOrder,
  stored,
  take,
} from "./shop.ts";

const PATH = "/v1/orders";
const asAda = serviceFor(ada);
const asStella = serviceFor(stella);

/** Every third of the 30 orders is Bob's. Totals and times repeat. */
const ROWS = Array.from({ length: 30 }, (_, number) =>
  stored(number, number % 3 === 0 ? bob.id : ada.id, {
    addressId: addressId(number % 3 === 0 ? 2 : 1),
    status: ORDER_STATUSES[number % 6] ?? "placed",
    total: 1000 * (number % 4),
    createdAt: 1_000_000 + (number >> 2),
  }),
);

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, bob, stella);
  await insertHomes(home(1, ada.id), home(2, bob.id));
  await insertProduct(1);
  await insertOrders(...ROWS);
});

function expected(sort: string, isIn: (row: (typeof ROWS)[number]) => boolean): string[] {
  const rows = ROWS.filter(isIn).map(({ number, total, createdAt }) => ({
    id: orderId(number),
    total,
    created_at: createdAt,
  }));
  return ordered(rows, sort, (row, name) => (name === "total" ? row.total : row.created_at)).map(({ id }) => id);
}

describe("walks", () => {
  it.each(sortsOf(["created_at", "total"]))("D01 D04 by %s return each order once, forward and back", async (sort) => {
    for (const limit of [1, 7, 100]) {
      const pages = await walkAt(asStella, PATH, { sort, limit });
      expect(idsIn(...pages)).toEqual(expected(sort, () => true));
    }
    expect(idsIn(...(await walkAt(asAda, PATH, { sort, limit: 3 })))).toEqual(
      expected(sort, ({ userId }) => userId === ada.id),
    );
  });

  it("D02 do not shift when orders are placed, changed and deleted", async () => {
    const first = await listAt(asStella, PATH, { limit: 10 });
    await insertOrders(stored(500, ada.id, { createdAt: 9_999_999 }));
    await removeOrder(29);
    await removeOrder(19);
    const rest = await walkAtFrom(first.page.next ?? "");
    const seen = [...idsIn(first), ...rest];
    expect(seen).toEqual(expected("-created_at", ({ number }) => number !== 19));
  });

  async function walkAtFrom(cursor: string): Promise<string[]> {
    const page = await listAt(asStella, PATH, { limit: 10, cursor });
    return page.page.next === null ? idsIn(page) : [...idsIn(page), ...(await walkAtFrom(page.page.next))];
  }
});

describe("filters", () => {
  it.each<[Parameters, (row: (typeof ROWS)[number]) => boolean]>([
    [{ "filter[status]": "placed" }, ({ status }) => status === "placed"],
    [{ "filter[status]": "placed,refunded" }, ({ status }) => status === "placed" || status === "refunded"],
    [{ "filter[status]": "lost" }, () => false],
    [{ "filter[user_id]": bob.id }, ({ userId }) => userId === bob.id],
    [{ "filter[user_id]": "' OR 1=1 --" }, () => false],
    [
      { "filter[user_id]": ada.id, "filter[status]": "paid,placed" },
      ({ userId, status }) => userId === ada.id && (status === "paid" || status === "placed"),
    ],
  ])("E11 %j", async (filter, isIn) => {
    for (const sort of ["-created_at", "total"]) {
      expect(idsIn(...(await walkAt(asStella, PATH, { ...filter, sort, limit: 4 })))).toEqual(expected(sort, isIn));
    }
  });

  it("E11 never return orders that the caller may not read", async () => {
    expect(idsIn(await listAt(asAda, PATH, { "filter[user_id]": bob.id }))).toEqual([]);
    expect(idsIn(await listAt(asAda, PATH, { "filter[user_id]": ada.id, limit: 100 }))).toHaveLength(20);
  });

  it.each([
    "sort=id",
    "sort=status",
    "q=a",
    "filter[total]=1",
    "filter[status]=",
    "limit=0",
    "limit=101",
    "facets=status",
  ])("D12 E12 400 for %s", async (query) => {
    const response = await asStella.fetch(`${PATH}?${query}`);
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code: "INVALID_PARAMETER" });
  });

  it("D06 a cursor of a customer's list is refused for other callers", async () => {
    const { page } = await listAt(asAda, PATH, { limit: 2 });
    for (const service of [asStella, serviceFor(bob)]) {
      const response = await service.fetch(withQuery(PATH, { limit: 2, cursor: page.next ?? "" }));
      expect(await refusalOf(response)).toMatchObject({ status: 400, type: "invalid-cursor" });
    }
  });
});

describe("snapshots", () => {
  it("D01 keep their members and order while orders are placed, changed and deleted", async () => {
    const first = await listAt(asStella, PATH, { page: 1, limit: 10, sort: "total" });
    const { snapshot } = first.page;
    const before = await Promise.all(
      [1, 2, 3].map((page) => listAt(asStella, PATH, { page, limit: 10, sort: "total", snapshot })),
    );
    expect(idsIn(...before)).toEqual(expected("total", () => true));
    await insertOrders(stored(500, ada.id, { total: 0 }), stored(501, bob.id, { addressId: addressId(2), total: 9 }));
    await removeOrder(4);
    await env.DB.prepare("UPDATE orders SET total_amount = 77000 WHERE id = ?").bind(orderId(1)).run();
    const after = await Promise.all(
      [1, 2, 3].map((page) => listAt(asStella, PATH, { page, limit: 10, sort: "total", snapshot })),
    );
    expect(idsIn(...after)).toEqual(idsIn(...before));
    expect(after[0]?.data[0]?.["items"]).toEqual(before[0]?.data[0]?.["items"]);
    expect(lastRoundTrips(asStella)).toBe(1);
  });

  it("are limited to staff", async () => {
    expect((await asAda.fetch(`${PATH}?page=1`)).status).toBe(403);
    const withoutScope = serviceFor(stella, { scopes: ["orders:write"] });
    expect((await withoutScope.fetch(`${PATH}?page=1`)).status).toBe(403);
  });
});

describe("validators", () => {
  const etagOf = async (service: typeof asAda, path = PATH) => header(await service.fetch(path), "ETag");

  it("C01 change with the caller's own orders only, and for staff with every order", async () => {
    const [own, all] = [await etagOf(asAda), await etagOf(asStella)];
    await insertOrders(stored(600, bob.id, { addressId: addressId(2) }));
    expect(await etagOf(asAda)).toBe(own);
    expect(await etagOf(asStella)).not.toBe(all);
    await insertOrders(stored(601, ada.id));
    expect(await etagOf(asAda)).not.toBe(own);
  });

  it("C14 change at once for a caller who placed an order or made a transition", async () => {
    const before = await etagOf(asAda);
    const { path } = await placed(asAda, [{ product_id: productId(1), quantity: 1 }]);
    const between = await etagOf(asAda);
    expect(between).not.toBe(before);
    await take(asAda, path, "pay");
    expect(await etagOf(asAda)).not.toBe(between);
  });

  it("C01 yield a 304 in one round trip, as a page does", async () => {
    const etag = await etagOf(asAda);
    expect(lastRoundTrips(asAda)).toBe(1);
    const response = await asAda.fetch(PATH, { headers: { "If-None-Match": etag } });
    expect(response.status).toBe(304);
    expect(lastRoundTrips(asAda)).toBe(1);
    expect(header(response, "Cache-Control")).toBe("private, no-cache");
  });

  it("C14 also exist for a page of a snapshot and for a filtered page", async () => {
    for (const query of ["page=1", "filter[status]=placed", "filter[user_id]=x"]) {
      expect((await asStella.fetch(`${PATH}?${query}`)).headers.get("ETag")).not.toBeNull();
    }
  });
});

it("every state of the table is accepted as a filter", async () => {
  const counts = await Promise.all(
    ORDER_STATUSES.map(
      async (status: OrderStatus) => (await listAt(asStella, PATH, { "filter[status]": status })).data.length,
    ),
  );
  expect(counts).toEqual([5, 5, 5, 5, 5, 5]);
});

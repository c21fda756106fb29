/** Money: each payment and each refund is one immutable entry, and every order shows their sums. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { OrderStep } from "#store/orders/states.ts";
import { ada, anton, insertPeople, principalOf, serviceFor, stella } from "../../features/accounts/people.ts";
import { problemOf } from "../../support/requests.ts";
import { type Service, START, startService } from "../../support/service.ts";
import { home, insertHomes } from "../addresses/homes.ts";
import { emptyPeople } from "../support/people.ts";
import {
  emptyShop,
  freshKey,
  insertOrders,
  insertProduct,
  type Order,
  orderId,
  placed,
  productId,
  stockOf,
  stored,
  take,
} from "./shop.ts";

const LAMP = productId(1);
const FREE = productId(3);
const asAda = serviceFor(ada);
const asStella = serviceFor(stella);
const asAnton = serviceFor(anton);
const TOTAL = 3 * 1299 + 4000;

interface Entry {
  readonly seq: number;
  readonly kind: string;
  readonly step: string;
  readonly amount: number;
  readonly actor_id: string;
  readonly occurred_at: number;
}

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, stella, anton);
  await insertHomes(home(1, ada.id));
  await insertProduct(1, { price: 1299, stock: 10 });
  await insertProduct(2, { price: 4000, stock: 10 });
  await insertProduct(3, { price: 0, stock: 10 });
});

async function entriesOf(order: string): Promise<Entry[]> {
  const { results } = await env.DB.prepare("SELECT * FROM ledger_entries WHERE order_id = ? ORDER BY seq")
    .bind(order)
    .all<Entry>();
  return results;
}

function ordered() {
  return placed(asAda, [
    { product_id: LAMP, quantity: 3 },
    { product_id: productId(2), quantity: 1 },
  ]);
}

const BY: Readonly<Record<OrderStep, Service>> = {
  pay: asAda,
  ship: asStella,
  deliver: asStella,
  cancel: asAda,
  refund: asStella,
};

describe("the paid and refunded amounts of an order", () => {
  const WAYS: readonly (readonly [readonly OrderStep[], paid: number, refunded: number, left: number])[] = [
    [[], 0, 0, 7],
    [["cancel"], 0, 0, 10],
    [["pay"], TOTAL, 0, 7],
    [["pay", "cancel"], TOTAL, TOTAL, 10],
    [["pay", "refund"], TOTAL, TOTAL, 7],
    [["pay", "ship"], TOTAL, 0, 7],
    [["pay", "ship", "refund"], TOTAL, TOTAL, 7],
    [["pay", "ship", "deliver"], TOTAL, 0, 7],
    [["pay", "ship", "deliver", "refund"], TOTAL, TOTAL, 7],
  ];

  it.each(WAYS)("after %j are %i paid, %i refunded", async (steps, paid, refunded, left) => {
    const { order, path } = await ordered();
    let last: Order = order;
    for (const step of steps) {
      const response = await take(BY[step], path, step);
      expect(response.status, step).toBe(200);
      last = await response.json();
    }
    const sums = {
      amount_paid: { amount: paid, currency: "USD" },
      amount_refunded: { amount: refunded, currency: "USD" },
    };
    expect(last).toMatchObject(sums);
    for (const service of [asAda, asStella]) {
      expect(await (await service.fetch(path)).json()).toMatchObject(sums);
      expect(await (await service.fetch(`${path}?include=user,address,items.product`)).json()).toMatchObject(sums);
      const list = await (await service.fetch("/v1/orders")).json<{ data: Order[] }>();
      expect(list.data[0]).toMatchObject(sums);
      const hal = await service.fetch(path, { headers: { Accept: "application/hal+json" } });
      expect(await hal.json()).toMatchObject(sums);
      const api = await service.fetch("/v1/orders", { headers: { Accept: "application/vnd.api+json" } });
      expect(await api.json()).toMatchObject({ data: [{ attributes: sums }] });
    }
    const snapshot = await (await asStella.fetch("/v1/orders?page=1")).json<{ data: Order[] }>();
    expect(snapshot.data[0]).toMatchObject(sums);
    const entries = await entriesOf(order.id);
    const sumOf = (kind: string) =>
      entries.filter((entry) => entry.kind === kind).reduce((sum, { amount }) => sum + amount, 0);
    expect([sumOf("payment"), sumOf("refund")]).toEqual([paid, refunded]);
    expect(await stockOf(LAMP)).toBe(left);
  });

  it.each([
    ["the owner", asAda, ada.id],
    ["staff", asStella, stella.id],
    ["an admin", asAnton, anton.id],
  ])("include one refund if %s cancels the paid order", async (_, service, actor) => {
    const { order, path } = await ordered();
    await take(asAda, path, "pay");
    const cancelled = await take(service, path, "cancel");
    expect(await cancelled.json()).toMatchObject({ status: "cancelled", amount_refunded: { amount: TOTAL } });
    for (const step of ["refund", "cancel"] as const) {
      const again = await take(asStella, path, step);
      expect([again.status, (await problemOf(again)).code]).toEqual([409, "INVALID_TRANSITION"]);
    }
    expect(await entriesOf(order.id)).toMatchObject([
      { kind: "payment", step: "pay", actor_id: ada.id },
      { kind: "refund", step: "cancel", actor_id: actor },
    ]);
  });

  it("work for an order with a total of zero", async () => {
    const { order, path } = await placed(asAda, [{ product_id: FREE, quantity: 2 }]);
    await take(asAda, path, "pay");
    expect(await (await take(asAda, path, "cancel")).json()).toMatchObject({ amount_refunded: { amount: 0 } });
    expect(await entriesOf(order.id)).toMatchObject([{ kind: "payment" }, { kind: "refund" }]);
    expect(await stockOf(FREE)).toBe(10);
  });

  it("of a replay are those of the first response", async () => {
    const { path } = await ordered();
    const key = { "Idempotency-Key": freshKey() };
    const first = await take(asAda, path, "pay", key);
    const again = await take(asAda, path, "pay", key);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await again.json()).toEqual(await first.json());
    const cancelling = { "Idempotency-Key": freshKey() };
    const cancelled = await take(asStella, path, "cancel", cancelling);
    const replayed = await take(asStella, path, "cancel", cancelling);
    expect(await replayed.json()).toEqual(await cancelled.json());
  });

  it("include a single refund after twenty concurrent cancellations and refunds", async () => {
    const { order, path } = await ordered();
    await take(asAda, path, "pay");
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0 ? take(asAda, path, "cancel") : take(asStella, path, "refund"),
      ),
    );
    expect((await entriesOf(order.id)).map(({ kind }) => kind)).toEqual(["payment", "refund"]);
    const { status } = await (await asAda.fetch(path)).json<Order>();
    expect(await stockOf(LAMP)).toBe(status === "cancelled" ? 10 : 7);
  });
});

describe("a ledger entry", () => {
  it("contains what was sold, at what price, to whom, by whom and when", async () => {
    const { order, path } = await ordered();
    const later = startService({ as: principalOf(ada) });
    later.advance(60_000);
    await take(later, path, "pay");
    // Later renames, moves to another category and deletions change no entry.
    await env.DB.prepare(
      "UPDATE products SET name = 'Other', category = 'other', brand = 'other', deleted_at = 9",
    ).run();
    await take(asStella, path, "refund");
    const line = { category: "lamps", brand: "acme" };
    const items = [
      { product_id: LAMP, product_name: "Lamp 1", ...line, quantity: 3, unit_price_amount: 1299 },
      { product_id: productId(2), product_name: "Lamp 2", ...line, quantity: 1, unit_price_amount: 4000 },
    ];
    const entries = await entriesOf(order.id);
    expect(entries.map((entry) => ({ ...entry, items: JSON.parse(String(Reflect.get(entry, "items"))) }))).toEqual(
      [
        { kind: "payment", step: "pay", actor_id: ada.id },
        { kind: "refund", step: "refund", actor_id: stella.id },
      ].map((entry) => ({
        ...entry,
        seq: expect.any(Number),
        order_id: order.id,
        user_id: ada.id,
        amount: TOTAL,
        currency: "USD",
        items,
        ordered_at: START,
        occurred_at: START + 60_000,
      })),
    );
    expect(entries[1]?.seq).toBeGreaterThan(entries[0]?.seq ?? Number.POSITIVE_INFINITY);
  });

  const ENTRY = "(order_id, user_id, kind, step, amount, currency, items, actor_id, ordered_at, occurred_at)";
  const of = (kind: string, amount: number, step = kind === "payment" ? "pay" : "refund") =>
    `INSERT INTO ledger_entries ${ENTRY} VALUES ('${orderId(1)}', '${ada.id}', '${kind}', '${step}', ${amount}, 'USD', '[]', NULL, 1, 1)`;

  it.each([
    ["changed", "UPDATE ledger_entries SET amount = 1"],
    ["moved to another order", "UPDATE ledger_entries SET order_id = 'ord_2'"],
    ["deleted", "DELETE FROM ledger_entries"],
    ["replaced by its number", "INSERT OR REPLACE INTO ledger_entries SELECT * FROM ledger_entries"],
    ["replaced by its order", of("payment", 1000).replace("INSERT", "INSERT OR REPLACE")],
    ["repeated", of("payment", 1000)],
    ["more than was paid", of("refund", 1001)],
    ["less than was paid", of("refund", 999)],
    ["below zero", of("refund", -1000)],
    ["of a missing order", of("refund", 1000).replace(orderId(1), orderId(9))],
    ["of another customer", of("refund", 1000).replace(ada.id, stella.id)],
    ["of another currency", of("refund", 1000).replace("USD", "EUR")],
    ["a refund with the transition of a payment", of("refund", 1000, "pay")],
  ])("cannot be %s", async (_, statement) => {
    await insertOrders(stored(1, ada.id, { status: "paid" }));
    const before = await entriesOf(orderId(1));
    await expect(env.DB.prepare(statement).run()).rejects.toThrow(/SQLITE_CONSTRAINT/);
    expect(await entriesOf(orderId(1))).toEqual(before);
    expect((await env.DB.prepare(of("refund", 1000)).run()).success).toBe(true);
  });

  it("has a higher number than all entries committed before it", async () => {
    const paths = await Promise.all(
      Array.from({ length: 8 }, async () => (await placed(asAda, [{ product_id: LAMP, quantity: 1 }])).path),
    );
    await Promise.all(paths.map((path) => take(asAda, path, "pay")));
    const { results } = await env.DB.prepare("SELECT seq FROM ledger_entries ORDER BY rowid").all<{ seq: number }>();
    expect(results).toHaveLength(8);
    const highest = Math.max(...results.map(({ seq }) => seq));
    await take(asStella, paths[0] ?? "", "refund");
    const newest = await env.DB.prepare("SELECT max(seq) AS seq FROM ledger_entries").first<{ seq: number }>();
    expect(newest?.seq).toBeGreaterThan(highest);
  });
});

describe("an order item", () => {
  it("cannot be changed", async () => {
    await ordered();
    for (const change of ["quantity = 1", "unit_price_amount = 0", "product_name = 'x'"]) {
      await expect(env.DB.prepare(`UPDATE order_items SET ${change}`).run()).rejects.toThrow(/SQLITE_CONSTRAINT/);
    }
  });
});

/**
 * A page of orders stays below 1 MB in every format. The largest order is within its assumed size, and a page ends
 * before the first order that does not fit.
 */
import { expect, it } from "vitest";
import { cursorPage } from "#features/paging/cursor-page.ts";
import { MAX_ITEMS, type Order, OrderResource, OrderSchema } from "#store/orders/contract.ts";
import { bytesOf, memberOf, type ShownOrder } from "#store/orders/order.ts";
import { formats } from "../../../src/app.ts";

const MAX_BYTES = 1_000_000;
/** A host name of 130 characters, and the longest URL and cursor that the service accepts. */
const ORIGIN = `https://${"a".repeat(63)}.${"b".repeat(61)}.test`;
const URL_OF_A_PAGE = `${ORIGIN}/${"x".repeat(8192 - ORIGIN.length - 1)}`;
const CURSOR = "c".repeat(2048);

const usd = (amount: number) => ({ amount, currency: "USD" }) as const;
const PRICE = 100_000_000;
const MOST = MAX_ITEMS * 99 * PRICE;
/** The maximum of three bytes per UTF-16 unit. Half of the characters take two units and four bytes. */
const text = (characters: number) => "\u20ac\u{1F600}".repeat(characters / 2);

const ROW: ShownOrder = {
  id: OrderResource.example.id,
  userId: OrderResource.example.user_id,
  addressId: OrderResource.example.address_id,
  shippingAddress: {
    name: text(200),
    line1: text(200),
    line2: text(200),
    city: text(100),
    region: text(100),
    postal_code: text(20),
    country: "US",
  },
  status: "placed",
  totalAmount: MOST,
  totalCurrency: "USD",
  amountPaid: MOST,
  amountRefunded: MOST,
  expiresAt: 1,
  version: 5,
  createdAt: 1,
  updatedAt: 1,
  items: Array.from({ length: MAX_ITEMS }, (_, position) => ({
    position,
    productId: "prod_01hk24mtj6fnka55e09a4btv9s",
    productName: text(200),
    quantity: 99,
    unitPriceAmount: PRICE,
  })),
};
const LARGEST: Order = memberOf(ROW);

it("the largest order is valid, and no part of it can be larger", () => {
  expect(OrderSchema.safeParse(LARGEST).success).toBe(true);
  const larger: unknown[] = [
    { ...LARGEST, items: [...LARGEST.items, LARGEST.items[0]] },
    { ...LARGEST, total: usd(MOST + 1) },
    { ...LARGEST, amount_paid: usd(MOST + 1) },
    { ...LARGEST, items: [{ ...LARGEST.items[0], quantity: 100 }] },
    { ...LARGEST, items: [{ ...LARGEST.items[0], product_name: text(202) }] },
  ];
  for (const order of larger) expect(OrderSchema.safeParse(order).success).toBe(false);
});

async function pageOf(rows: readonly ShownOrder[]) {
  return cursorPage({
    position: undefined,
    limit: 100,
    scope: { secret: "s".repeat(32), binding: "orders", now: 0 },
    order: [],
    bytesOf,
    select: async () => ({ rows, generation: { generation: 1, changedAt: 1 } }),
  });
}

it("a page of small orders has its full limit, and one of large orders ends earlier with a next page", async () => {
  const small = { ...ROW, shippingAddress: null, items: ROW.items.slice(0, 1) };
  const whole = await pageOf(Array.from({ length: 100 }, () => small));
  expect([whole.rows.length, whole.page.has_more]).toEqual([100, false]);
  const cut = await pageOf(Array.from({ length: 100 }, () => ROW));
  expect(cut.rows.length).toBeGreaterThan(10);
  expect([cut.rows.length < 100, cut.page.has_more]).toEqual([true, true]);
});

it.each(formats.map((format) => [format.mediaType, format] as const))("E10 %s", async (_mediaType, format) => {
  const { rows } = await pageOf(Array.from({ length: 101 }, () => ROW));
  const self = `${ORIGIN}${OrderResource.path(LARGEST.id)}`;
  const transitions = (OrderResource.transitions ?? []).map(({ action }) => [action, `${self}/${action}`] as const);
  const view = {
    resource: OrderResource,
    id: LARGEST.id,
    members: LARGEST,
    self,
    transitions: Object.fromEntries(transitions),
  };
  const list = format.writeList({
    resource: OrderResource,
    items: rows.map(() => view),
    page: { next: CURSOR, prev: CURSOR, has_more: true, limit: 100, snapshot: CURSOR },
    facets: undefined,
    links: { self: URL_OF_A_PAGE, first: URL_OF_A_PAGE, prev: URL_OF_A_PAGE, next: URL_OF_A_PAGE },
    embeds: false,
  });
  const bytes = new TextEncoder().encode(JSON.stringify(list)).length;
  expect(bytes).toBeGreaterThan(500_000);
  expect(bytes).toBeLessThan(MAX_BYTES);
});

/** The largest page of orders that the contract allows stays under 1 MB in every format. */
import { expect, it } from "vitest";
import { MAX_ITEMS, type Order, OrderResource, OrderSchema } from "#store/orders/contract.ts";
import { formats } from "../../../src/app.ts";

const MAX_BYTES = 1_000_000;
/** A host name of 130 characters, and the longest URL and cursor that the service takes. */
const ORIGIN = `https://${"a".repeat(63)}.${"b".repeat(61)}.test`;
const URL_OF_A_PAGE = `${ORIGIN}/${"x".repeat(8192 - ORIGIN.length - 1)}`;
const CURSOR = "c".repeat(2048);

const usd = (amount: number) => ({ amount, currency: "USD" }) as const;
const MOST = MAX_ITEMS * 99 * 100_000_000;
const LARGEST: Order = {
  ...(OrderResource.example as Order), // the example is one
  status: "delivered",
  items: Array.from({ length: MAX_ITEMS }, () => ({
    product_id: "prod_01hk24mtj6fnka55e09a4btv9s",
    quantity: 99,
    unit_price: usd(100_000_000),
    line_total: usd(MOST),
  })),
  total: usd(MOST),
};

it("the largest order is one, and nothing of it can grow", () => {
  expect(OrderSchema.safeParse(LARGEST).success).toBe(true);
  const larger: unknown[] = [
    { ...LARGEST, items: [...LARGEST.items, LARGEST.items[0]] },
    { ...LARGEST, total: usd(MOST + 1) },
    { ...LARGEST, items: [{ ...LARGEST.items[0], quantity: 100 }] },
  ];
  for (const order of larger) expect(OrderSchema.safeParse(order).success).toBe(false);
});

it.each(formats.map((format) => [format.mediaType, format] as const))("E10 %s", (_mediaType, format) => {
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
    items: Array.from({ length: 100 }, () => view),
    page: { next: CURSOR, prev: CURSOR, has_more: true, limit: 100, snapshot: CURSOR },
    facets: undefined,
    links: { self: URL_OF_A_PAGE, first: URL_OF_A_PAGE, prev: URL_OF_A_PAGE, next: URL_OF_A_PAGE },
    embeds: false,
  });
  const bytes = new TextEncoder().encode(JSON.stringify(list)).length;
  expect(bytes).toBeGreaterThan(500_000);
  expect(bytes).toBeLessThan(MAX_BYTES);
});

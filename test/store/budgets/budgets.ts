/** The exact platform calls of requests for the demo store. See test/budgets/budgets.ts. */
import type { BudgetGroup, Budgets } from "../../budgets/budgets.ts";

/** The number of rows in the database in which rows are counted. Each order has two items. */
export const STORE = { products: 300, users: 50, orders: 60 } as const;

/** What a reader must know about the counted rows. @public */
export const NOTE = `Rows are counted in a store of ${STORE.products} products, ${STORE.users} users and ${STORE.orders} orders with two items each.`;

/**
 * The caller has an account unless the name says otherwise. The isolate and the location have not served the request
 * before.
 */
const READS = {
  "`/livez`": {},
  "`/readyz`": { d1: 1, rows: 1 },
  "`/health`": { d1: 1, rows: 1 },
  "a page of the documentation": {},
  "the OpenAPI document": {},
  OPTIONS: {},
  "one product, anonymous": { d1: 1, cache: 3, rows: 2, after: { d1: 1 } },
  "the same product again": { d1: 1, cache: 1, rows: 1 },
  "the same product a third time": {},
  "one product, anonymous, 304": { d1: 1, cache: 1, rows: 1 },
  "the same product, in a new isolate": { cache: 2 },
  "a page of 20 products, anonymous": { d1: 1, cache: 2, rows: 23 },
  "the same page again": {},
  "the same page, in a new isolate": { cache: 2 },
  "the same page, stale": { cache: 3, rows: 1, after: { d1: 1 } },
  "the same page, expired": { d1: 1, cache: 3, rows: 1 },
  "the same page, 304": {},
  "one product": { d1: 1, rows: 1 },
  "one product, 304": { d1: 1, rows: 1 },
  "a product that does not exist, 404": { d1: 1 },
  "a page of 20 products": { d1: 1, rows: 23 },
  "a page of 100 products": { d1: 1, rows: 103 },
  "the next page": { d1: 1, rows: 24 },
  "a page with a filter": { d1: 1, rows: 23 },
  "a page with search": { d1: 1, rows: 567 },
  "a page with facets": { d1: 1, rows: 635 },
  "a page with search, filter and facets": { d1: 1, rows: 581 },
  "an empty page": { d1: 2, rows: 1 },
  "an empty page with facets": { d1: 2, rows: 611 },
  "a list, 304": { d1: 1, rows: 1 },
  "a conditional list that changed": { d1: 2, cache: 1, rows: 24 },
  "a conditional empty list that changed": { d1: 3, cache: 1, rows: 2 },
  "the first page of a snapshot": { d1: 1, rows: 643 },
  "a later page of the snapshot": { d1: 1, rows: 343 },
  "a user": { d1: 1, rows: 1 },
  "a user, 304": { d1: 1, rows: 1 },
  "a page of 20 users": { d1: 1, rows: 23 },
  "a page of addresses": { d1: 1, rows: 3 },
  "an order": { d1: 1, rows: 4 },
  "an order, 304": { d1: 1, rows: 4 },
  "another account's order, 404": { d1: 1, rows: 4 },
  "an order with `include`": { d1: 2, rows: 16 },
  "an order with `include`, 304": { d1: 2, rows: 16 },
  "a page of 20 orders": { d1: 1, rows: 86 },
  "a page of 20 orders with `include`": { d1: 2, rows: 212 },
  "a page of orders, 304": { d1: 1, rows: 1 },
} as const satisfies Budgets;

/** The caller's account has the permission. */
const WRITES = {
  "create a product": { d1: 1, cache: 1, rows: 2 },
  "create a product, with an idempotency key": { d1: 1, objects: 2, cache: 1, rows: 2 },
  "change a product": { d1: 2, cache: 1, rows: 4 },
  "change a product with an old ETag, 412": { d1: 1, rows: 1 },
  "change a product without an ETag, 428": { d1: 1, rows: 1 },
  "change a product, lost race, 412": { d1: 4, cache: 1, rows: 3 },
  "delete a product": { d1: 2, cache: 1, rows: 4 },
  "change a role": { d1: 2, rows: 13 },
  "delete a user": { d1: 2, rows: 24 },
  "create an API key": { d1: 2, rows: 3 },
  "rotate an API key": { d1: 3, rows: 4 },
  "create an OAuth client": { d1: 1, rows: 1 },
  "place an order": { d1: 2, objects: 2, cache: 1, rows: 54 },
  "the replay of an order": { objects: 1 },
  "the same key with another order, 422": { objects: 1 },
  "the same order while the first runs, 409": { objects: 1 },
  "place an order, out of stock, 409": { d1: 1, objects: 2, rows: 5 },
  "place an order while its price changes": { d1: 2, objects: 2, cache: 1, rows: 27 },
  "pay an order": { d1: 2, objects: 2, rows: 34 },
  "cancel an order": { d1: 2, objects: 2, cache: 1, rows: 43 },
} as const satisfies Budgets;

/** Requests that are refused before any platform call. */
const REFUSALS = {
  "unknown path, 404": {},
  "unsupported method, 405": {},
  "missing token, 401": {},
  "malformed token, 401": {},
  "forbidden, 403": {},
  "unsupported format, 406": {},
  "unsupported content type, 415": {},
  "malformed id, 404": {},
  "invalid parameter, 400": {},
  "invalid sort, 400": {},
  "invalid cursor, 400": {},
  "a snapshot for a customer, 403": {},
  "missing idempotency key, 400": {},
  "invalid body, 422": {},
} as const satisfies Budgets;

export type Read = keyof typeof READS;
export type Write = keyof typeof WRITES;
export type Refusal = keyof typeof REFUSALS;

/** In the order of the table. */
export const BUDGETS = {
  reads: { title: "reads", budgets: READS },
  writes: { title: "writes", budgets: WRITES },
  refusals: { title: "refusals", budgets: REFUSALS },
} as const satisfies Readonly<Record<string, BudgetGroup>>;

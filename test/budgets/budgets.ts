/**
 * What each kind of request asks of the platform: no more, and no less. Plain data: the tests hold the service to it, and
 * docs/architecture.md shows it. What is left out is 0.
 */

export interface Cost {
  /** Round trips to the database; a batch is one. */
  readonly d1?: number;
  /** Calls of Durable Objects. */
  readonly objects?: number;
  readonly kv?: number;
  /** Of the location's Cache API, also after the answer: what is put there is not waited for. */
  readonly cache?: number;
  /** That D1 reads for all of it, also after the answer. A batch that fails does not tell. */
  readonly rows?: number;
}

export interface Budget extends Cost {
  /** What goes on when the answer is sent. */
  readonly after?: Omit<Cost, "cache" | "rows">;
}

type Budgets = Readonly<Record<string, Budget>>;

/** How much is stored where rows are counted; each order has two items. */
export const STORE = { products: 300, users: 50, orders: 60 } as const;

/** With an account where it is not said otherwise; each by an isolate and a location that have not seen the like. */
const READS = {
  "`/livez`": {},
  "`/readyz`": { d1: 1, rows: 1 },
  "`/health`": { d1: 1, rows: 1 },
  "a page of the documentation": {},
  "the OpenAPI document": {},
  OPTIONS: {},
  "one product, anonymous": { d1: 1, cache: 3, rows: 2, after: { d1: 1 } },
  "the same again": { d1: 1, cache: 1, rows: 1 },
  "once more": {},
  "the same, 304": { d1: 1, cache: 1, rows: 1 },
  "once more, by an isolate that has just begun": { cache: 2 },
  "a page of 20 products, anonymous": { d1: 1, cache: 2, rows: 23 },
  "the page again": {},
  "the page by an isolate that has just begun": { cache: 2 },
  "the page, stale": { cache: 3, rows: 1, after: { d1: 1 } },
  "the page, too old": { d1: 1, cache: 3, rows: 1 },
  "the page, 304": {},
  "one product": { d1: 1, rows: 1 },
  "one product, 304": { d1: 1, rows: 1 },
  "a product that is not there, 404": { d1: 1 },
  "a page of 20 products": { d1: 1, rows: 23 },
  "a page of 100": { d1: 1, rows: 103 },
  "the next page": { d1: 1, rows: 24 },
  "a page with a filter": { d1: 1, rows: 23 },
  "a page with search": { d1: 1, rows: 567 },
  "a page with facets": { d1: 1, rows: 635 },
  "a page with search, filter and facets": { d1: 1, rows: 581 },
  "an empty page": { d1: 2, rows: 1 },
  "an empty page with facets": { d1: 2, rows: 611 },
  "a list, 304": { d1: 1, rows: 1 },
  "a conditional list that changed": { d1: 2, cache: 1, rows: 24 },
  "an empty one that changed": { d1: 3, cache: 1, rows: 2 },
  "the first page of a frozen view": { d1: 1, rows: 643 },
  "a later page of it": { d1: 1, rows: 343 },
  "a user": { d1: 1, rows: 1 },
  "a user, 304": { d1: 1, rows: 1 },
  "a page of 20 users": { d1: 1, rows: 23 },
  "a page of addresses": { d1: 1, rows: 3 },
  "an order": { d1: 1, rows: 4 },
  "an order, 304": { d1: 1, rows: 4 },
  "another's order, 404": { d1: 1, rows: 4 },
  "an order with `include`": { d1: 2, rows: 16 },
  "an order with `include`, 304": { d1: 2, rows: 16 },
  "a page of 20 orders": { d1: 1, rows: 86 },
  "a page of 20 orders with `include`": { d1: 2, rows: 212 },
  "a page of orders, 304": { d1: 1, rows: 1 },
} as const satisfies Budgets;

/** Of a request that costs nothing else. */
const CALLERS = {
  "a token of ours": {},
  "the first in 5 seconds": { d1: 1, rows: 1 },
  "the first in a minute": { d1: 2, kv: 1, rows: 5 },
  "a DPoP proof": { objects: 1 },
  "an API key": { d1: 1, rows: 2 },
  "its first request of a day": { d1: 2, rows: 3 },
  "an API key that is misspelt, 401": {},
  "log in by password": { d1: 2, objects: 4, rows: 4 },
  "a wrong password, 422": { d1: 1, objects: 2, rows: 2 },
  "a token by client credentials": { d1: 2, rows: 2 },
  "the first request in a minute of an isolate": { kv: 1 },
  "the limits, new address": { objects: 1 },
  "the limits, new address of IPv6": { objects: 3 },
  "the limits, address once a second": { objects: 1 },
  "the limits, address 50 times a second": {},
  "the limits, new account": { objects: 4 },
  "the limits, account once a second": { objects: 2 },
  "the limits, account 50 times a second": {},
  "beyond the limits, 429": {},
  "how the limits of an account stand": { objects: 4 },
} as const satisfies Budgets;

/** By an account that may. */
const WRITES = {
  "create a product": { d1: 1, cache: 1, rows: 2 },
  "create a product, with a key": { d1: 1, objects: 2, cache: 1, rows: 2 },
  "change a product": { d1: 2, cache: 1, rows: 4 },
  "change with a stale tag, 412": { d1: 1, rows: 1 },
  "change without a tag, 428": { d1: 1, rows: 1 },
  "change that loses a race, 412": { d1: 4, cache: 1, rows: 3 },
  "delete a product": { d1: 2, cache: 1, rows: 4 },
  "change a role": { d1: 2, rows: 13 },
  "delete a user": { d1: 2, rows: 24 },
  "make an API key": { d1: 2, rows: 6 },
  "rotate its secret": { d1: 3, rows: 4 },
  "make an OAuth client": { d1: 1, rows: 1 },
  "place an order": { d1: 2, objects: 2, cache: 1, rows: 54 },
  "its replay": { objects: 1 },
  "its key with another order, 422": { objects: 1 },
  "the same while it is carried out, 409": { objects: 1 },
  "out of stock, 409": { d1: 1, objects: 2, rows: 5 },
  "place an order while its price changes": { d1: 2, objects: 2, cache: 1, rows: 27 },
  "pay an order": { d1: 2, objects: 2, rows: 34 },
  "cancel an order": { d1: 2, objects: 2, cache: 1, rows: 43 },
} as const satisfies Budgets;

/** Before anything is done. */
const REFUSALS = {
  "no such path, 404": {},
  "no such method, 405": {},
  "no credentials, 401": {},
  "no token, 401": {},
  "not permitted, 403": {},
  "no such format, 406": {},
  "no such content type, 415": {},
  "no such id, 404": {},
  "a bad parameter, 400": {},
  "a bad sort, 400": {},
  "a bad cursor, 400": {},
  "a frozen view for a customer, 403": {},
  "no idempotency key, 400": {},
  "an invalid body, 422": {},
} as const satisfies Budgets;

export type Read = keyof typeof READS;
export type Caller = keyof typeof CALLERS;
export type Write = keyof typeof WRITES;
export type Refusal = keyof typeof REFUSALS;

/** In the order in which they are shown. */
export const BUDGETS = {
  reads: { title: "reads", budgets: READS },
  callers: { title: "what a caller adds", budgets: CALLERS },
  writes: { title: "writes", budgets: WRITES },
  refusals: { title: "refusals", budgets: REFUSALS },
} as const;

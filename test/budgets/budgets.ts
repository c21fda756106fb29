/**
 * The exact platform calls of each kind of request. Plain data: the tests compare the service with it, and
 * docs/architecture.md shows it. An omitted number is 0.
 */

export interface Cost {
  /** Round trips to the database; a batch counts as one. */
  readonly d1?: number;
  /** Calls of Durable Objects. */
  readonly objects?: number;
  readonly kv?: number;
  /** Calls of the location's Cache API, including writes after the response, which no request waits for. */
  readonly cache?: number;
  /** Rows that D1 reads, including work after the response. A failed batch does not report its rows. */
  readonly rows?: number;
}

export interface Budget extends Cost {
  /** Calls made after the response was sent. */
  readonly after?: Omit<Cost, "cache" | "rows">;
}

export type Budgets = Readonly<Record<string, Budget>>;

/** Requests of one kind. */
export interface BudgetGroup {
  readonly title: string;
  readonly budgets: Budgets;
}

/** Additional to a request that costs nothing else. */
const CALLERS = {
  "an access token of this service": {},
  "the first token in 5 seconds": { d1: 1, rows: 1 },
  "the first token in a minute": { d1: 2, kv: 1, rows: 5 },
  "a DPoP proof": { objects: 1 },
  "an API key": { d1: 1, rows: 2 },
  "an API key, first request of the day": { d1: 2, rows: 3 },
  "a mistyped API key, 401": {},
  "a login by password": { d1: 2, objects: 4, rows: 4 },
  "a wrong password, 422": { d1: 1, objects: 2, rows: 2 },
  "a token by client credentials": { d1: 2, rows: 2 },
  "the isolate's first request in a minute": { kv: 1 },
  "the limits, new address": { objects: 1 },
  "the limits, new IPv6 address": { objects: 3 },
  "the limits, address once a second": { objects: 1 },
  "the limits, address 50 times a second": {},
  "the limits, new account": { objects: 4 },
  "the limits, account once a second": { objects: 2 },
  "the limits, account 50 times a second": {},
  "beyond the limits, 429": {},
  "reading the limits of an account": { objects: 4 },
} as const satisfies Budgets;

export type Caller = keyof typeof CALLERS;

/** In the order of the table. */
export const BUDGETS = {
  callers: { title: "what authentication, limits and logins add", budgets: CALLERS },
} as const satisfies Readonly<Record<string, BudgetGroup>>;

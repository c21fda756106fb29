/** What the service takes from outside: time, chance, the log, other hosts, and who is calling. Tests give their own. */
import type { Database } from "#core/data/database.ts";
import type { UsageMeter } from "#core/data/usage.ts";
import type { LogFields } from "./log-fields.ts";
import type { Principal } from "./principal.ts";
import type { Settings } from "./settings.ts";

export interface Doors {
  /** Epoch milliseconds. */
  now(): number;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** Takes one line of JSON. */
  writeLog(line: string): void;
  readSettings(bindings: Env): Settings;
  /** Other hosts. */
  readonly fetch: Fetch;
  /** The Cache API of this location, where it has one. Asked once an isolate. */
  openCache(): Promise<LocationCache>;
  authenticate: Authenticate;
  /**
   * Called at the points of a request with an idempotency key where a test lets it fail, by rejecting, or die, by never
   * settling. Absent: nothing happens there.
   */
  readonly faults?: (point: FaultPoint) => Promise<void>;
}

/** Before and after: the key is claimed, the batch is sent, the answer is kept; and before the answer is given. */
export type FaultPoint =
  | "before-claim"
  | "after-claim"
  | "before-batch"
  | "after-batch"
  | "before-complete"
  | "before-answer";

/** What a location remembers for its isolates, as long as it likes. */
export type LocationCache = Pick<Cache, "match" | "put" | "delete">;

/** Sends a request to another host. */
export type Fetch = (request: Request) => Promise<Response>;

type Namespaces = Pick<Env, "LOGIN_ATTEMPTS" | "PROOF_REPLAYS" | "TOKEN_BUCKETS" | "IDEMPOTENCY_RECORDS">;

/** The Durable Objects of the service, found by their names, its namespaces of KV, and its shield. */
export type Objects = { readonly [Name in keyof Namespaces]: Pick<Namespaces[Name], "getByName"> } & Readonly<
  Pick<Env, "LIMITS" | "READ_MODELS" | "SHIELD">
>;

/** What everything that is done in the course of a request may use. */
export interface Surroundings {
  /** Epoch milliseconds at which the request arrived. */
  readonly now: number;
  readonly settings: Settings;
  /** The service's origin as the client sees it. */
  readonly origin: string;
  /** The client's, as the platform tells it; "unknown" where it does not. */
  readonly address: string;
  /** The platform's name for where the request arrived; undefined where it has none. */
  readonly location?: string | undefined;
  readonly database: Database;
  readonly objects: Objects;
  /** Other hosts. */
  readonly fetch: Fetch;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** Goes on with `work` when the answer is already sent. What it throws is told by the log alone. */
  defer(work: Promise<unknown>): void;
  /** Fields of the request's one log line. */
  readonly log: LogFields;
  /** Counts what the request asks of the platform. */
  readonly meter: UsageMeter;
}

/**
 * Says who sends the request.
 *
 * @throws unauthorized when it carries credentials that are not good; a request without any is anonymous.
 * @throws malformed-request when it carries several.
 * @throws service-unavailable when it cannot be told whether they are good.
 */
export type Authenticate = (request: Request, surroundings: Surroundings) => Promise<Principal>;

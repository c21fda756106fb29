/**
 * The dependencies of the service: clock, randomness, log, fetch, bindings and authentication. The entry point injects
 * them; tests inject their own.
 */
import type { Database } from "#core/data/database.ts";
import type { UsageMeter } from "#core/data/usage.ts";
import type { LogFields } from "./log-fields.ts";
import type { Principal } from "./principal.ts";
import type { Scopes } from "./scopes.ts";
import type { Settings } from "./settings.ts";

export interface Dependencies {
  /** Epoch milliseconds. */
  now(): number;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** Writes one line of JSON. */
  writeLog(line: string): void;
  readSettings(bindings: Env): Settings;
  /** Sends requests to other hosts. */
  readonly fetch: Fetch;
  /** The Cache API of this location, if it has one. Called once per isolate. */
  openCache(): Promise<LocationCache>;
  authenticate: Authenticate;
  /**
   * Called at the fault points of a request with an idempotency key. A test makes the request fail there by rejecting,
   * or crash by never settling. Absent in production.
   */
  readonly faults?: (point: FaultPoint) => Promise<void>;
}

/**
 * Before and after the key is claimed, the batch is sent and the response is stored; and before the response is
 * returned.
 */
export type FaultPoint =
  | "before-claim"
  | "after-claim"
  | "before-batch"
  | "after-batch"
  | "before-complete"
  | "before-answer";

/** The cache of one location, shared by its isolates. It may drop an entry at any time. */
export type LocationCache = Pick<Cache, "match" | "put" | "delete">;

/** Sends a request to another host. */
export type Fetch = (request: Request) => Promise<Response>;

type Namespaces = Pick<Env, "LOGIN_ATTEMPTS" | "PROOF_REPLAYS" | "TOKEN_BUCKETS" | "IDEMPOTENCY_RECORDS">;

/** The Durable Object namespaces, the KV namespaces and the rate limiting binding. */
export type Objects = { readonly [Name in keyof Namespaces]: Pick<Namespaces[Name], "getByName"> } & Readonly<
  Pick<Env, "LIMITS" | "READ_MODELS" | "SHIELD">
>;

/** The request context: what code may use while it handles a request. */
export interface RequestContext {
  /** Epoch milliseconds at which the request arrived. */
  readonly now: number;
  readonly settings: Settings;
  /** The scopes that the modules declare. */
  readonly scopes: Scopes;
  /** The service's origin as the client sees it. */
  readonly origin: string;
  /** The client's IP address as the platform reports it, or "unknown". */
  readonly address: string;
  /** The platform's code for the location that received the request, if known. */
  readonly location?: string | undefined;
  readonly database: Database;
  readonly objects: Objects;
  /** Sends requests to other hosts. */
  readonly fetch: Fetch;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** Continues `work` after the response is sent. If it fails, only the log records it. */
  defer(work: Promise<unknown>): void;
  /** Fields for the request's one log line. */
  readonly log: LogFields;
  /** Counts the platform calls of the request. */
  readonly meter: UsageMeter;
}

/**
 * Identifies the caller.
 *
 * @throws unauthorized if the credentials are not valid. A request without credentials is anonymous.
 * @throws malformed-request if the request carries several credentials.
 * @throws service-unavailable if the credentials cannot be verified at the moment.
 */
export type Authenticate = (request: Request, context: RequestContext) => Promise<Principal>;

/** What the service takes from outside: time, chance, the log, and who is calling. Tests give their own. */
import type { LogFields } from "./context.ts";
import type { Principal } from "./principal.ts";
import type { Settings } from "./settings.ts";

export interface Doors {
  /** Epoch milliseconds. */
  now(): number;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** Takes one line of JSON. */
  writeLog(line: string): void;
  readSettings(bindings: Env): Settings;
  authenticate: Authenticate;
}

/** Sends a request to another host. */
export type Fetch = (request: Request) => Promise<Response>;

/**
 * Says who sends the request.
 *
 * @throws unauthorized when it carries credentials that are not good; a request without any is anonymous.
 * @throws malformed-request when it carries several.
 * @throws service-unavailable when it cannot be told whether they are good.
 */
export type Authenticate = (request: Request, context: AuthenticationContext) => Promise<Principal>;

export interface AuthenticationContext {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly settings: Settings;
  /** The service's origin as the client sees it. */
  readonly origin: string;
  /** Fields of the request's one log line. */
  readonly log: LogFields;
}

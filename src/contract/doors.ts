/** What the service takes from outside: time, chance, the log, and who is calling. Tests give their own. */
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

/**
 * Says who sends the request.
 *
 * @throws unauthorized when it carries credentials that are not good; a request without any is anonymous.
 */
export type Authenticate = (
  request: Request,
  context: { readonly now: number; readonly settings: Settings },
) => Promise<Principal>;

/** Who administers the service at this moment: asked by the rules of every resource that only administrators change. */
import type { RequestAttributes } from "./ability.ts";
import type { Principal } from "./principal.ts";

/** How long a person's sign-in is enough for it. */
const SIGN_IN_MS = 12 * 3_600_000;

/**
 * An admin whose token has the scope `admin`; a person must have signed in within the last 12 hours, too. An API key
 * never administers.
 */
export function administers(principal: Principal, { now }: RequestAttributes): boolean {
  if (principal.kind === "anonymous" || principal.credential !== "token") return false;
  if (!principal.roles.includes("admin") || !principal.scopes.includes("admin")) return false;
  if (principal.kind === "service") return true;
  return principal.authenticatedAt !== undefined && now - principal.authenticatedAt <= SIGN_IN_MS;
}

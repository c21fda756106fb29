/**
 * Decides whether the caller is an administrator now. The rules of every resource that only administrators change use
 * it.
 */
import type { RequestAttributes } from "./ability.ts";
import type { Principal } from "./principal.ts";

/** How long after signing in a person may act as an administrator. */
const SIGN_IN_MS = 12 * 3_600_000;

/**
 * Whether the principal is an admin whose token has the scope `admin`. A person must also have signed in within the
 * last 12 hours. An API key never counts.
 */
export function administers(principal: Principal, { now }: RequestAttributes): boolean {
  if (principal.kind === "anonymous" || principal.credential !== "token") return false;
  if (!principal.roles.includes("admin") || !principal.scopes.includes("admin")) return false;
  if (principal.kind === "service") return true;
  return principal.authenticatedAt !== undefined && now - principal.authenticatedAt <= SIGN_IN_MS;
}

/**
 * Stage 5. Establishes the principal and what it may do. Fails closed: credentials that are not good are refused on
 * public routes too, never ignored (RFC 6750 section 3). A request without credentials is anonymous, and costs nothing.
 */
import type { MiddlewareHandler } from "hono";
import type { AbilityRules } from "../contract/ability.ts";
import type { AppEnv } from "../contract/context.ts";
import type { Authenticate, AuthenticationContext, Doors, Fetch } from "../contract/doors.ts";
import type { Principal } from "../contract/principal.ts";
import { readBearerToken } from "./credentials.ts";
import { type KeySets, rememberKeySets } from "./key-sets.ts";
import { explainableAbility } from "./missing-scope.ts";
import { problemOf, Refusal, reasonName, refuse } from "./refusal.ts";

/** @throws unauthorized, malformed-request, service-unavailable */
export function authenticate(doors: Doors, rules: readonly AbilityRules[]): MiddlewareHandler<AppEnv> {
  return async function authenticateRequest(c, next) {
    const { now, settings, origin, log } = c.var;
    const principal = await doors.authenticate(c.req.raw, { now, settings, origin, log });
    c.set("principal", principal);
    c.set("ability", explainableAbility(principal, rules));
    await next();
  };
}

/**
 * The authenticator that believes the access tokens of `settings.trustedIssuers`. It remembers key sets for as long
 * as it lives. The reason of a refusal goes to the log.
 */
export function believeTrustedIssuers(fetch: Fetch): Authenticate {
  const keySets = rememberKeySets(fetch);
  return async function authenticateByToken(request, context) {
    try {
      const token = readBearerToken(request.headers);
      return token === undefined ? anonymous(request) : await bearer(token, keySets, context);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      context.log["auth.failure"] = reasonName(error.reason);
      throw problemOf(error.reason, context.origin);
    }
  };
}

function anonymous(request: Request): Principal {
  return { kind: "anonymous", address: request.headers.get("cf-connecting-ip") ?? "unknown" };
}

async function bearer(token: string, keySets: KeySets, context: AuthenticationContext): Promise<Principal> {
  const { now, settings, log } = context;
  if (settings.trustedIssuers.length === 0) throw refuse({ kind: "untrusted-issuer" });
  const { verifyToken } = await import("./verify.ts");
  return verifyToken(token, { issuers: settings.trustedIssuers, keySets, now, log });
}

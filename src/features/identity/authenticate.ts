/**
 * Stage 5. Establishes the principal and what it may do. Fails closed: credentials that are not good are refused on
 * public routes too, never ignored (RFC 6750 section 3). A request without credentials is anonymous, and costs nothing.
 */
import type { MiddlewareHandler } from "hono";
import type { AbilityRules } from "#core/contract/ability.ts";
import type { AppEnv } from "#core/contract/context.ts";
import type { Authenticate, Doors, Fetch, Surroundings } from "#core/contract/doors.ts";
import { isApiKey, readCredentials, schemeOf } from "./credentials.ts";
import { rememberKeySets } from "./key-sets.ts";
import { notePrincipal } from "./log-fields.ts";
import { explainableAbility } from "./missing-scope.ts";
import { problemOf, type Reason, Refusal, reasonName } from "./refusal.ts";
import type { Revocations } from "./revocations/memory.ts";

/** @throws unauthorized, malformed-request, service-unavailable */
export function authenticate(doors: Doors, rules: readonly AbilityRules[]): MiddlewareHandler<AppEnv> {
  return async function authenticateRequest(c, next) {
    const { surroundings } = c.var;
    const { now, address, origin } = surroundings;
    const principal = await doors.authenticate(c.req.raw, surroundings);
    c.set("principal", principal);
    if (principal.kind !== "anonymous") notePrincipal(surroundings.log, principal);
    c.set("ability", explainableAbility(principal, rules, { now, address }, origin));
    await next();
    const nonce = await nonceFor(c.req.raw, surroundings);
    if (nonce !== undefined) c.res.headers.set("DPoP-Nonce", nonce);
  };
}

/**
 * The authenticator that believes our own access tokens, those of `settings.trustedIssuers`, and API keys. It remembers
 * key sets for as long as it lives. The reason of a refusal goes to the log. `revocations`: by default those that the
 * whole isolate knows of.
 */
export function believeTokens(fetch: Fetch, revocations?: Revocations): Authenticate {
  const keySets = rememberKeySets(fetch);
  return async function authenticateByCredentials(request, surroundings) {
    try {
      const credentials = readCredentials(request.headers);
      if (credentials === undefined) return { kind: "anonymous", address: surroundings.address };
      if (isApiKey(credentials)) {
        const { verifyApiKey } = await import("./api-keys/verify.ts");
        return await verifyApiKey(credentials.token, surroundings);
      }
      const { verifyToken } = await import("./verify.ts");
      return await verifyToken(credentials, { keySets, revocations, request, surroundings });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { origin, log } = surroundings;
      log["auth.failure"] = reasonName(error.reason);
      const scheme = schemeOf(request.headers) ?? "Bearer";
      throw problemOf(error.reason, { origin, scheme, nonce: await nonceFor(request, surroundings, error.reason) });
    }
  };
}

/** The nonce for the next proof of whoever sends proofs: where it has to have one, or had an old one. */
async function nonceFor(request: Request, surroundings: Surroundings, reason?: Reason): Promise<string | undefined> {
  if (schemeOf(request.headers) !== "DPoP") return undefined;
  const { settings, now } = surroundings;
  if (settings.dpopNonces === "optional" && reason?.kind !== "nonce") return undefined;
  const { currentNonce } = await import("./dpop/nonces.ts");
  return currentNonce(settings.secret, now);
}

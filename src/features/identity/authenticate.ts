/**
 * The `authenticate` stage establishes the principal and its ability. Fails closed: invalid credentials are refused on
 * public routes too, never ignored (RFC 6750 section 3). A request without credentials is anonymous and needs no I/O.
 */
import type { AbilityRules } from "#core/contract/ability.ts";
import { CONFIGURED } from "#core/contract/context.ts";
import type { Authenticate, Dependencies, Fetch, RequestContext } from "#core/contract/dependencies.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import { isApiKey, readCredentials, schemeOf } from "./credentials.ts";
import { rememberKeySets } from "./key-sets.ts";
import { notePrincipal } from "./log-fields.ts";
import { explainableAbility } from "./missing-scope.ts";
import { problemOf, type Reason, Refusal, reasonName } from "./refusal.ts";
import type { Revocations } from "./revocations/memory.ts";

/** @throws unauthorized, malformed-request, service-unavailable */
export function authenticate(dependencies: Dependencies, rules: readonly AbilityRules[]): Stage {
  return stage("authenticate", { requires: CONFIGURED, provides: ["principal", "ability"] }, async (request, next) => {
    const { http, log } = request;
    const principal = await dependencies.authenticate(http.req.raw, request);
    request.principal = principal;
    if (principal.kind !== "anonymous") notePrincipal(log, principal);
    request.ability = explainableAbility(principal, rules, request);
    await next();
    const nonce = await nonceFor(http.req.raw, request);
    if (nonce !== undefined) http.res.headers.set("DPoP-Nonce", nonce);
  });
}

/**
 * The authenticator that accepts this service's access tokens, those of `settings.trustedIssuers`, and API keys. It
 * remembers key sets for its lifetime and logs the reason of a refusal. Default of `revocations`: the list that the
 * isolate shares.
 */
export function createAuthenticator(fetch: Fetch, revocations?: Revocations): Authenticate {
  const keySets = rememberKeySets(fetch);
  return async function authenticateByCredentials(request, context) {
    try {
      const credentials = readCredentials(request.headers);
      if (credentials === undefined) return { kind: "anonymous", address: context.address };
      if (isApiKey(credentials)) {
        const { verifyApiKey } = await import("./api-keys/verify.ts");
        return await verifyApiKey(credentials.token, context);
      }
      const { verifyToken } = await import("./verify.ts");
      return await verifyToken(credentials, { keySets, revocations, request, context });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { origin, log } = context;
      log["auth.failure"] = reasonName(error.reason);
      const scheme = schemeOf(request.headers) ?? "Bearer";
      throw problemOf(error.reason, { origin, scheme, nonce: await nonceFor(request, context, error.reason) });
    }
  };
}

/** The nonce for the next proof of a client that sends proofs, if it needs one or sent an old one. */
async function nonceFor(request: Request, context: RequestContext, reason?: Reason): Promise<string | undefined> {
  if (schemeOf(request.headers) !== "DPoP") return undefined;
  const { settings, now } = context;
  if (settings.dpopNonces === "optional" && reason?.kind !== "nonce") return undefined;
  const { currentNonce } = await import("./dpop/nonces.ts");
  return currentNonce(settings.secret, now);
}

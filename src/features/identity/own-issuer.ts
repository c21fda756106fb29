/**
 * The service as an issuer: the form of its access tokens (RFC 9068), and their principal. It accepts one exact form
 * and lifetime; the authorization server never issues a token that lasts longer.
 */
import { z } from "@hono/zod-openapi";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { isId } from "#core/contract/identifier.ts";
import { PLAN_NAMES, type Principal, type RevocableClaims } from "#core/contract/principal.ts";
import type { TrustedIssuer } from "#core/contract/settings.ts";
import { loopbackOrigins } from "#core/http/loopback.ts";
import { type Claims, principalOf, readClaim } from "./claims.ts";
import { refuse } from "./refusal.ts";

/** The lifetime of this service's access tokens. */
export const ACCESS_TOKEN_SECONDS = 600;

const types = {
  account: z.string().refine((text) => isId("user", text)),
  grant: z.string().min(1).max(255).optional(),
  name: z.string(),
  plan: z.enum(PLAN_NAMES).optional(),
  date: z.number(),
  version: z.int().min(0).default(0),
} as const;

/**
 * The origins whose tokens are the service's own. On a local server these include the same port of every loopback host,
 * so a token from `127.0.0.1` also works on `localhost`.
 */
export function ownOrigins({ origin, settings }: Pick<RequestContext, "origin" | "settings">): readonly string[] {
  return settings.environment === "local" ? loopbackOrigins(origin) : [origin];
}

/**
 * The service's own entry in the form of a trusted issuer. Its keys are not included, because they are in the database.
 * `audience` contains the names of the API; default: the issuer.
 */
export function ownIssuer(origin: string, audience: readonly string[] = [origin]): TrustedIssuer {
  return {
    issuer: origin,
    audience,
    algorithms: ["ES256"],
    keys: { set: { keys: [] } },
    types: ["at+jwt"],
    clientClaim: "client_id",
    requiredClaims: ["iat", "jti", "account"],
    scopesClaim: "scope",
    rolesClaim: "roles",
  };
}

/**
 * The principal of a verified token of this service, and the claims by which it can be revoked.
 *
 * @throws Refusal
 */
export function readOwnToken(
  claims: Claims,
  issuer: TrustedIssuer,
  context: Parameters<typeof principalOf>[2],
): { readonly principal: Exclude<Principal, { kind: "anonymous" }>; readonly claims: RevocableClaims } {
  const principal = principalOf(claims, issuer, context);
  const account = readClaim(claims, "account", types.account);
  const issuedAt = readClaim(claims, "iat", types.date);
  if (readClaim(claims, "exp", types.date) - issuedAt > ACCESS_TOKEN_SECONDS) {
    throw refuse({ kind: "claim", name: "exp" });
  }
  // A person's token names the person as its subject. A client acts as the account that was created with it.
  const subject = readClaim(claims, "sub", types.name);
  const client = readClaim(claims, "client_id", types.name);
  if (subject !== client && subject !== account) throw refuse({ kind: "claim", name: "account" });
  const plan = readClaim(claims, "plan", types.plan);
  const token = {
    jti: readClaim(claims, "jti", types.name),
    account,
    accountVersion: readClaim(claims, "account_version", types.version),
    client_id: client,
    clientVersion: readClaim(claims, "client_version", types.version),
    grant: readClaim(claims, "grant", types.grant),
  };
  return { principal: { ...principal, id: account, token, ...(plan === undefined ? {} : { plan }) }, claims: token };
}

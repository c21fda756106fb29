/**
 * The service as an issuer: what its own access tokens look like (RFC 9068), and whom they speak for. They are held to
 * one shape, and to the lifetime that it gives them: a longer one is a token that the authorization server never made.
 */
import { z } from "@hono/zod-openapi";
import { isId } from "#core/contract/identifier.ts";
import { PLAN_NAMES, type Principal } from "#core/contract/principal.ts";
import type { TrustedIssuer } from "#core/contract/settings.ts";
import { type Claims, principalOf, readClaim } from "./claims.ts";
import { refuse } from "./refusal.ts";
import type { RevocableClaims } from "./revocations/revocation.ts";

/** How long an access token of ours lives. */
export const ACCESS_TOKEN_SECONDS = 600;

const types = {
  account: z.string().refine((text) => isId("user", text)),
  grant: z.string().min(1).max(255).optional(),
  name: z.string(),
  plan: z.enum(PLAN_NAMES).optional(),
  date: z.number(),
  milliseconds: z.int().min(0).max(999).default(0),
} as const;

/** The entry that the configuration would have for us, but for the keys: those are in the database. */
export function ownIssuer(origin: string): TrustedIssuer {
  return {
    issuer: origin,
    audience: [origin],
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
 * Whom a verified token of ours speaks for, and what it can be revoked by. `now` is epoch ms.
 *
 * @throws Refusal
 */
export function readOwnToken(
  claims: Claims,
  issuer: TrustedIssuer,
  now: number,
): { readonly principal: Exclude<Principal, { kind: "anonymous" }>; readonly claims: RevocableClaims } {
  const principal = principalOf(claims, issuer, now);
  const account = readClaim(claims, "account", types.account);
  const issuedAt = readClaim(claims, "iat", types.date);
  if (readClaim(claims, "exp", types.date) - issuedAt > ACCESS_TOKEN_SECONDS) {
    throw refuse({ kind: "claim", name: "exp" });
  }
  // A person is who the token is about; a client acts as an account that was made with it.
  const subject = readClaim(claims, "sub", types.name);
  const client = readClaim(claims, "client_id", types.name);
  if (subject !== client && subject !== account) throw refuse({ kind: "claim", name: "account" });
  const plan = readClaim(claims, "plan", types.plan);
  return {
    principal: { ...principal, id: account, ...(plan === undefined ? {} : { plan }) },
    claims: {
      jti: readClaim(claims, "jti", types.name),
      issuedAtMs: issuedAt * 1000 + readClaim(claims, "iat_ms", types.milliseconds),
      account,
      client_id: client,
      grant: readClaim(claims, "grant", types.grant),
    },
  };
}

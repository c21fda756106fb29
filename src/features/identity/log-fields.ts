/**
 * Adds the principal to the request's log line. It is added as soon as it is authenticated, so later refusals have it,
 * too. Unverified identities are never logged.
 */
import type { LogFields } from "#core/contract/log-fields.ts";
import { accountId, type Principal } from "#core/contract/principal.ts";
import type { TrustedIssuer } from "#core/contract/settings.ts";
import type { Claims } from "./claims.ts";

type KnownPrincipal = Exclude<Principal, { readonly kind: "anonymous" }>;

/** OpenID Connect Core section 2: a subject has at most 255 characters. */
const MAX_CHARACTERS = 255;

export function notePrincipal(log: LogFields, { id, clientId }: Pick<KnownPrincipal, "id" | "clientId">): void {
  log["user.id"] = id;
  if (clientId !== undefined) log["client.id"] = clientId;
}

/**
 * For a token whose signature is valid; its claims may still be refused. Only this service's tokens have the claim
 * `account`.
 */
export function noteClaims(log: LogFields, claims: Claims, issuer: TrustedIssuer, isOwn: boolean): void {
  const subject = textIn(claims, isOwn ? "account" : "sub");
  if (subject !== undefined) log["user.id"] = isOwn ? subject : accountId(issuer.issuer, subject);
  log["client.id"] = textIn(claims, issuer.clientClaim);
}

function textIn(claims: Claims, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === "string" && value.length <= MAX_CHARACTERS ? value : undefined;
}

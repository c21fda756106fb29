/**
 * Who a request acts for, in its log line. Noted as soon as it is proved, so that a request which is refused afterwards
 * has it too. What nobody proved is never noted.
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

/** Of a token whose signature holds: its claims may still be refused. `account` is a claim of our own tokens alone. */
export function noteClaims(log: LogFields, claims: Claims, issuer: TrustedIssuer, isOwn: boolean): void {
  const subject = textIn(claims, isOwn ? "account" : "sub");
  if (subject !== undefined) log["user.id"] = isOwn ? subject : accountId(issuer.issuer, subject);
  log["client.id"] = textIn(claims, issuer.clientClaim);
}

function textIn(claims: Claims, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === "string" && value.length <= MAX_CHARACTERS ? value : undefined;
}

/**
 * Reads the principal from the claims of a verified token. Each claim has a type, and a value of another type is
 * refused, never interpreted. Unknown roles and scopes are ignored.
 */
import { z } from "@hono/zod-openapi";
import { accountId, type Principal, ROLES } from "#core/contract/principal.ts";
import { knownScopes, type Scopes } from "#core/contract/scopes.ts";
import type { TrustedIssuer } from "#core/contract/settings.ts";
import { refuse } from "./refusal.ts";

export type Claims = Readonly<Record<string, unknown>>;

type KnownPrincipal = Exclude<Principal, { kind: "anonymous" }>;

/** The tolerated difference between an issuer's clock and this service's. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** OpenID Connect Core section 2: a subject has at most 255 characters. */
const identifier = z.string().min(1).max(255);
/** Seconds since the epoch (RFC 7519 section 2), within the range of a date. */
const numericDate = z.number().min(0).max(8.64e12);
const names = z.union([z.string(), z.array(z.string())]);

const claimTypes = {
  sub: identifier,
  aud: z.union([z.string(), z.array(z.string()).min(1)]),
  exp: numericDate,
  iat: numericDate.optional(),
  nbf: numericDate.optional(),
  jti: identifier.optional(),
  auth_time: numericDate.optional(),
  amr: z.array(z.string()).optional(),
  // A confirmation of an unsupported kind cannot be checked, so the token would not be bound at all.
  cnf: z.strictObject({ jkt: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }).optional(),
} as const;

/** Claims that ID tokens have and access tokens do not (OpenID Connect Core sections 2 and 3.3.2.11). */
const ID_TOKEN_CLAIMS = ["nonce", "at_hash", "c_hash", "s_hash"];

/**
 * The principal of a token whose signature, `iss`, `aud`, `exp` and `nbf` have been verified. `now` is epoch ms,
 * and `scopes` are those of the service.
 *
 * @throws Refusal
 */
export function principalOf(
  claims: Claims,
  issuer: TrustedIssuer,
  { now, scopes }: { readonly now: number; readonly scopes: Scopes },
): KnownPrincipal {
  const foreign = ID_TOKEN_CLAIMS.find((name) => Object.hasOwn(claims, name));
  if (foreign !== undefined) throw refuse({ kind: "claim", name: foreign });
  for (const [name, type] of Object.entries(claimTypes)) readClaim(claims, name, type);
  const issuedAt = readClaim(claims, "iat", claimTypes.iat);
  if (issuedAt !== undefined && issuedAt > now / 1000 + CLOCK_TOLERANCE_SECONDS) {
    throw refuse({ kind: "claim", name: "iat" });
  }
  const subject = readClaim(claims, "sub", claimTypes.sub);
  const client = readClaim(claims, issuer.clientClaim, identifier);
  const methods = readClaim(claims, "amr", claimTypes.amr);
  const authenticatedAt = readClaim(claims, "auth_time", claimTypes.auth_time);
  return {
    kind: isClientItself(subject, client) ? "service" : "user",
    id: accountId(issuer.issuer, subject),
    roles: issuer.rolesClaim === undefined ? [] : knownRoles(namesIn(claims, issuer.rolesClaim)),
    scopes: knownScopes(scopes, namesIn(claims, issuer.scopesClaim)),
    credential: "token",
    clientId: client,
    ...(methods === undefined ? {} : { methods }),
    ...(authenticatedAt === undefined ? {} : { authenticatedAt: authenticatedAt * 1000 }),
  };
}

/**
 * The thumbprint of the key that the token is bound to (RFC 9449 section 6.1). Undefined for a bearer token.
 *
 * @throws Refusal if the token is bound by other means
 */
export function boundKeyOf(claims: Claims): string | undefined {
  return readClaim(claims, "cnf", claimTypes.cnf)?.jkt;
}

/** RFC 9068 section 2.2: without a resource owner the subject is the client. Auth0 adds a suffix to it. */
function isClientItself(subject: string, client: string): boolean {
  return subject === client || subject === `${client}@clients`;
}

/** A list separated by spaces (RFC 8693 section 4.2), or an array. */
function namesIn(claims: Claims, claim: string): readonly string[] {
  const value = readClaim(claims, claim, names.optional()) ?? [];
  return typeof value === "string" ? value.split(" ") : value;
}

function knownRoles(given: readonly string[]): string[] {
  return ROLES.filter((role) => given.includes(role));
}

/** Reads a claim of the given type. @throws Refusal */
export function readClaim<Type extends z.ZodType>(claims: Claims, name: string, type: Type): z.output<Type> {
  const parsed = type.safeParse(Object.hasOwn(claims, name) ? claims[name] : undefined);
  if (!parsed.success) throw refuse({ kind: "claim", name });
  return parsed.data;
}

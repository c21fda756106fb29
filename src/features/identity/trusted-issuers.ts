/**
 * The operator's list of trusted issuers: JSON, strictly parsed. It cannot express settings that weaken verification:
 * symmetric algorithms, `none`, private keys, or key sets over cleartext beyond this machine.
 */
import { z } from "@hono/zod-openapi";
import { type KeySet, SIGNATURE_ALGORITHMS, type TrustedIssuer } from "#core/contract/settings.ts";
import { isLoopback } from "#core/http/loopback.ts";
import { configuredKeySetSchema } from "./key-set.ts";

const name = z.string().min(1).max(255);

/** Issuers are compared literally, never normalized (RFC 8414 section 2). */
const issuerSchema = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[\x21-\x7e]+$/, { error: "must be an http or https URL" })
  .refine((text) => URL.canParse(text) && !/[?#"\\]/.test(text), {
    error: "must be a URL without a query or a fragment",
  });

const trustedIssuerSchema = z
  .strictObject({
    issuer: issuerSchema,
    audience: z.union([name, z.array(name).min(1).max(16)]).transform((value) => [value].flat()),
    algorithms: z.array(z.enum(SIGNATURE_ALGORITHMS)).min(1).default(["ES256", "RS256"]),
    jwks_uri: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional(),
    jwks: configuredKeySetSchema.optional(),
    typ: z.array(name).min(1).max(8).default(["at+jwt", "application/at+jwt"]),
    client_claim: name.default("client_id"),
    required_claims: z.array(name).max(16).default(["iat", "jti"]),
    scopes: z.enum(["scope", "scp", "permissions"]).default("scope"),
    roles: name.optional(),
  })
  .transform((written, context): TrustedIssuer => {
    const keys = keysOf(written.jwks_uri, written.jwks);
    if (keys === undefined) {
      context.addIssue({ code: "custom", message: "must have either jwks_uri or jwks" });
      return z.NEVER;
    }
    return {
      issuer: written.issuer,
      audience: written.audience,
      algorithms: written.algorithms,
      keys,
      types: written.typ,
      clientClaim: written.client_claim,
      requiredClaims: written.required_claims,
      scopesClaim: written.scopes,
      rolesClaim: written.roles,
    };
  });

function keysOf(uri: string | undefined, set: KeySet | undefined): TrustedIssuer["keys"] | undefined {
  if (uri !== undefined && set === undefined) return { uri };
  if (set !== undefined && uri === undefined) return { set };
  return undefined;
}

/** A JSON array; empty text is an empty array. */
export const trustedIssuersSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return text === "" ? [] : JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: "must be JSON" });
      return z.NEVER;
    }
  })
  .pipe(z.array(trustedIssuerSchema).max(100))
  .refine((issuers) => new Set(issuers.map(({ issuer }) => issuer)).size === issuers.length, {
    error: "must not contain an issuer twice",
  });

/** The URLs of issuers and key sets that are unsafe: cleartext, except to this machine on a local server. */
export function cleartextUrls(issuers: readonly TrustedIssuer[], isLocal: boolean): string[] {
  const urls = issuers.flatMap(({ issuer, keys }) => ("uri" in keys ? [issuer, keys.uri] : [issuer]));
  return urls.filter((text) => isCleartext(text, isLocal));
}

/** Whether a network attacker could read the data that is sent to this URL. */
export function isCleartext(url: string, isLocal: boolean): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol !== "https:" && !(isLocal && isLoopback(hostname));
}

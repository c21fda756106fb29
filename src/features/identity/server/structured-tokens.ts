/**
 * Introspection (RFC 7662) and revocation (RFC 7009) of access tokens. These are JWTs, so the library does not find
 * them in its storage. It has already authenticated the client when it refuses them; this middleware then sends the
 * response instead. A client can see only its own tokens. A JWT that is not an access token has a type that cannot be
 * revoked.
 */
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import type { Client, Context, OidcContext } from "oidc-provider";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { publishedKeySet } from "../keys/keys.ts";
import { ownIssuer, ownOrigins, readOwnToken } from "../own-issuer.ts";
import { isRevoked } from "../revocations/memory.ts";
import { errorOf } from "./client-errors.ts";
import { currentExchange } from "./exchange.ts";
import { revokeAccessToken } from "./store.ts";

const INACTIVE = { active: false };
const UNSUPPORTED = "unsupported_token_type";

export async function answerForStructuredTokens(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const { oidc } = context;
  const client = oidc?.client;
  if (oidc === undefined || client === undefined) return;
  if (oidc.route === "introspection") await introspect(context, oidc, client);
  if (oidc.route === "revocation") await revoke(context, oidc, client);
}

async function introspect(context: Context, oidc: OidcContext, client: Client): Promise<void> {
  if (client.clientAuthMethod === "none") {
    context.status = 401;
    context.body = { error: "invalid_client", error_description: "a client without a secret cannot introspect" };
    return;
  }
  if (errorOf(context) !== UNSUPPORTED) return;
  const claims = await ownClaims(oidc, client);
  context.status = 200;
  context.body = claims === undefined ? INACTIVE : { active: true, ...shownOf(claims) };
}

async function revoke(context: Context, oidc: OidcContext, client: Client): Promise<void> {
  if (errorOf(context) !== UNSUPPORTED || !isAccessToken(tokenOf(oidc))) return;
  const { database, now, log } = currentExchange().context;
  const claims = await ownClaims(oidc, client);
  if (claims !== undefined) {
    log["user.id"] = String(claims["account"]);
    await revokeAccessToken(database, String(claims["jti"]), now);
  }
  context.status = 200;
  context.body = "";
}

function tokenOf({ params }: OidcContext): string {
  const token = params?.["token"];
  return typeof token === "string" ? token : "";
}

function isAccessToken(token: string): boolean {
  return decodeProtectedHeader(token).typ === "at+jwt";
}

/** The claims of the token, if it belongs to the client and is still valid. */
async function ownClaims(oidc: OidcContext, client: Client): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { context } = currentExchange();
  const claims = await verified(tokenOf(oidc), context).catch(() => undefined);
  return claims?.["client_id"] === client.clientId ? claims : undefined;
}

/** @throws if the token is invalid in any way */
async function verified(token: string, context: RequestContext): Promise<Readonly<Record<string, unknown>>> {
  const { origin, now } = context;
  const origins = [...ownOrigins(context)];
  const { kid } = decodeProtectedHeader(token);
  const keySet = await publishedKeySet(context, kid);
  const { payload } = await jwtVerify(token, createLocalJWKSet(JSON.parse(JSON.stringify(keySet)) as JSONWebKeySet), {
    algorithms: ["ES256"],
    typ: "at+jwt",
    issuer: origins,
    audience: origins,
    requiredClaims: ["exp"],
    currentDate: new Date(now),
  });
  const { claims } = readOwnToken(payload, ownIssuer(origin), context);
  if (await isRevoked(claims, context)) throw new Error("revoked");
  return payload;
}

/** RFC 7662 section 2.2. */
function shownOf(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { iss, sub, aud, client_id, exp, iat, jti, scope, cnf } = claims;
  return { iss, sub, aud, client_id, exp, iat, jti, scope, cnf, token_type: cnf === undefined ? "Bearer" : "DPoP" };
}

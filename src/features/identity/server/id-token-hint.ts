/**
 * Reads the client from an ID token that is used as a hint. Refuses tokens that this service did not sign as ID tokens.
 * An expired token is accepted (OpenID Connect RP-Initiated Logout 1.0 section 2): it identifies the client and permits
 * nothing.
 */
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from "jose";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { isJsonObject, type JsonObject, parseJson } from "#core/http/json.ts";
import { publishedKeySet } from "../keys/keys.ts";
import { ownOrigins } from "../own-issuer.ts";

/** Undefined for any other text. */
export async function clientOfHint(hint: string, context: RequestContext): Promise<string | undefined> {
  const claims = await verifiedClaims(hint, context).catch(() => undefined);
  const isOurs = ownOrigins(context).some((origin) => origin === claims?.["iss"]);
  if (!isOurs || typeof claims?.["sub"] !== "string") return undefined;
  return typeof claims["aud"] === "string" ? claims["aud"] : undefined;
}

/** @throws if the token is invalid in any way */
async function verifiedClaims(hint: string, context: RequestContext): Promise<JsonObject> {
  const { kid, typ } = decodeProtectedHeader(hint);
  if (typ !== undefined && typ.toUpperCase() !== "JWT") throw new TypeError("not an ID token");
  const keySet = await publishedKeySet(context, kid);
  const keys = createLocalJWKSet(JSON.parse(JSON.stringify(keySet)) as JSONWebKeySet); // a copy that jose may change
  const { payload } = await compactVerify(hint, keys, { algorithms: ["ES256"] });
  const claims = parseJson(payload);
  if (!isJsonObject(claims)) throw new TypeError("not a set of claims");
  return claims;
}

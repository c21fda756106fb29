/**
 * A test issuer: it has keys, signs any token, and publishes its key set through a fetch that counts its calls and can
 * fail.
 */
import { base64url, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import type { Fetch } from "#core/contract/dependencies.ts";
import type { SignatureAlgorithm } from "#core/contract/settings.ts";
import { createAuthenticator } from "#features/identity/authenticate.ts";
import { startBlog } from "./blog/service.ts";
import { startNamespace } from "./namespace.ts";
import { type Service, START } from "./service.ts";

export const AUDIENCE = "https://api.example.test";
export const ISSUER = "https://login.example.test/";
export const NOW = START / 1000;

export type Json = Record<string, unknown>;

export interface Key {
  readonly alg: SignatureAlgorithm;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

export async function makeKey(kid: string, alg: SignatureAlgorithm = "ES256"): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/** The claims of an RFC 9068 token that lets staff write posts. */
export function goodClaims(change: Json = {}): Json {
  return defined({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "user-1",
    client_id: "app-1",
    iat: NOW - 10,
    exp: NOW + 300,
    jti: "token-1",
    scope: "openid posts:write",
    "https://example.com/roles": ["staff"],
    ...change,
  });
}

/** A signed token. A header or claim that is undefined is left out. */
export async function sign(key: Key, claims: Json = goodClaims(), header: Json = {}): Promise<string> {
  const all = defined({ alg: key.alg, kid: key.kid, typ: "at+jwt", ...header });
  return new SignJWT(claims).setProtectedHeader(all as { alg: string }).sign(key.privateKey); // a test may leave out even `alg`
}

/** A token with arbitrary parts, signed by hand because libraries would refuse some of them. */
export async function signRaw(key: Key, header: string, claims: string): Promise<string> {
  const input = `${base64url.encode(header)}.${base64url.encode(claims)}`;
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    key.privateKey,
    new TextEncoder().encode(input),
  );
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}

function defined(values: Json): Json {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** How the issuer's host responds: with a key set, or with the result of a function, which may never resolve. */
export type Publication = readonly Key[] | ((request: Request) => Response | Promise<Response>);

export interface KeyHost {
  readonly fetch: Fetch;
  /** The requested URLs, in order. */
  readonly asked: string[];
  publish(publication: Publication): void;
}

export function startKeyHost(publication: Publication): KeyHost {
  let current = publication;
  const asked: string[] = [];
  return {
    asked,
    publish: (next) => {
      current = next;
    },
    async fetch(request) {
      asked.push(request.url);
      // A network response is never available synchronously.
      await Promise.resolve();
      return typeof current === "function" ? current(request) : keySetResponse(current);
    },
  };
}

export function keySetResponse(keys: readonly Key[]): Response {
  return Response.json({ keys: keys.map(({ jwk }) => jwk) });
}

/** The entry of an issuer in the configuration. */
export function trusted(change: Json = {}): Json {
  return defined({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwks_uri: `${ISSUER}jwks.json`,
    roles: "https://example.com/roles",
    ...change,
  });
}

export function issuersBinding(issuers: readonly Json[]): Partial<Env> {
  return { SLUICE_TRUSTED_ISSUERS: JSON.stringify(issuers) } as unknown as Partial<Env>; // the type has only the variables of wrangler.toml
}

/**
 * The blog with the real authenticator, which asks `host` for keys. It shares its key cache with no other service.
 */
export function startTrusting(host: KeyHost, issuers: readonly Json[] = [trusted()]): Service {
  return startBlog({
    bindings: { ...issuersBinding(issuers), READ_MODELS: startNamespace().binding },
    dependencies: { authenticate: createAuthenticator(host.fetch) },
  });
}

export function bearer(token: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

/** The fields of the last request's log line. */
export function lastLog(service: Service): Json {
  return JSON.parse(service.logs.at(-1) ?? "{}");
}

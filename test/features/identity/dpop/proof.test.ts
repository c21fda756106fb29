import { base64url, exportJWK } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { type ProofContext, verifyProof } from "#features/identity/dpop/proof.ts";
import {
  makeProof,
  makeProofKey,
  type ProofChange,
  type ProofKey,
  proofClaims,
  signProof,
} from "../../../support/dpop.ts";
import { ORIGIN, START } from "../../../support/service.ts";
import { refusalThrownBy } from "../refused.ts";

const NOW = START / 1000;
const TOKEN = "header.claims.signature";

let key: ProofKey;
let rsa: ProofKey;
let attacker: ProofKey;
beforeAll(async () => {
  [key, rsa, attacker] = await Promise.all([makeProofKey(), makeProofKey("RS256"), makeProofKey()]);
});

const contextOf = (change: Partial<ProofContext> = {}): ProofContext => ({
  method: "GET",
  targets: [`${ORIGIN}/v1/posts`],
  token: TOKEN,
  jkt: key.jkt,
  now: START,
  ...change,
});
const reasonFor = (proof: string, change: Partial<ProofContext> = {}) =>
  refusalThrownBy(() => verifyProof(proof, contextOf(change)));

describe("a proof", () => {
  it.each(["ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519"])("J09 signed with %s is accepted", async (alg) => {
    const holder = await makeProofKey(alg);
    const proof = await makeProof(holder, TOKEN, { claims: { jti: "a", nonce: "n" } });
    const proven = await verifyProof(proof, contextOf({ jkt: holder.jkt }));
    expect(proven).toEqual({ jti: "a", iat: NOW, nonce: "n" });
  });

  it.each<[name: string, change: ProofChange]>([
    ["issued a minute ago", { claims: { iat: NOW - 60 } }],
    ["from a clock a minute ahead", { claims: { iat: NOW + 60 } }],
    ["issued at a fraction of a second", { claims: { iat: NOW - 0.5 } }],
    ["with query and fragment", { claims: { htu: `${ORIGIN}/v1/posts?limit=1&x=%zz#top` } }],
    ["with the default port", { claims: { htu: `${ORIGIN}:443/v1/posts` } }],
    ["with capital letters in the host", { claims: { htu: ORIGIN.toUpperCase().concat("/v1/posts") } }],
    ["with dots in the path", { claims: { htu: `${ORIGIN}/v1/x/../posts` } }],
    ["with escaped letters", { claims: { htu: `${ORIGIN}/v1/%70osts` } }],
    ["with a future expiry", { claims: { exp: NOW + 10 } }],
    ["with more claims", { claims: { sub: "user_1", nbf: NOW } }],
    ["with more members in its key", { header: { jwk: () => ({ ...key.jwk, kid: "k", use: "sig" }) } }],
  ])("J09 %s is accepted", async (_, { header, claims }) => {
    const jwk = header?.["jwk"];
    const proof = await makeProof(key, TOKEN, {
      ...(claims === undefined ? {} : { claims }),
      header: typeof jwk === "function" ? { jwk: jwk() } : {},
    });
    expect((await verifyProof(proof, contextOf())).nonce).toBeUndefined();
  });
});

type Make = () => Promise<string> | string;
const changed =
  (change: ProofChange): Make =>
  () =>
    makeProof(key, TOKEN, change);
const header = (change: Record<string, unknown>) => changed({ header: change });
const claims = (change: Record<string, unknown>) => changed({ claims: change });
const jwkOf =
  (make: (jwk: ProofKey["jwk"]) => unknown): Make =>
  () =>
    makeProof(key, TOKEN, { header: { jwk: make(key.jwk) } });
const text =
  (change: (header: string, claims: string) => readonly [string, string]): Make =>
  async () => {
    const parts = { typ: "dpop+jwt", alg: "ES256", jwk: key.jwk };
    return signProof(key, ...change(JSON.stringify(parts), JSON.stringify(await proofClaims(TOKEN))));
  };
const parts =
  (change: (...segments: [string, string, string]) => string): Make =>
  async () => {
    const [a = "", b = "", c = ""] = (await makeProof(key, TOKEN)).split(".");
    return change(a, b, c);
  };
const encode = (value: unknown) => base64url.encode(JSON.stringify(value));

const FORGERIES: readonly [name: string, reason: string, make: Make][] = [
  // Form.
  ["no token at all", "malformed", () => "x"],
  ["nothing", "malformed", () => ""],
  ["two segments", "malformed", parts((a, b) => `${a}.${b}`)],
  ["four segments", "malformed", parts((a, b, c) => `${a}.${b}.${c}.${c}`)],
  ["padding", "malformed", parts((a, b, c) => `${a}.${b}.${c}==`)],
  ["a space", "malformed", parts((a, b, c) => `${a}.${b}. ${c}`)],
  ["a header that is an array", "malformed", text((_, b) => ["[]", b])],
  ["claims that are text", "malformed", text((a) => [a, '"x"'])],
  ["claims that are no JSON", "malformed", text((a) => [a, "{"])],
  ["a duplicate claim", "malformed", text((a, b) => [a, b.replace("{", '{"htm":"POST",')])],
  ["a duplicate header parameter", "malformed", text((a, b) => [a.replace("{", '{"alg":"none",'), b])],
  ["a prototype", "malformed", text((a, b) => [a, b.replace("{", '{"__proto__":{},')])],
  // Header.
  ["no typ", "typ", header({ typ: undefined })],
  ["the typ of an access token", "typ", header({ typ: "at+jwt" })],
  ["typ JWT", "typ", header({ typ: "JWT" })],
  ["typ in capitals", "typ", header({ typ: "DPOP+JWT" })],
  ["the long typ", "typ", header({ typ: "application/dpop+jwt" })],
  ["no alg", "alg", header({ alg: undefined })],
  ["alg none, signed", "alg", header({ alg: "none" })],
  [
    "alg none, unsigned",
    "malformed",
    parts((_, b) => `${encode({ typ: "dpop+jwt", alg: "none", jwk: key.jwk })}.${b}.`),
  ],
  ["a symmetric alg", "alg", header({ alg: "HS256" })],
  ["alg in lower case", "alg", header({ alg: "es256" })],
  ["several algs", "alg", header({ alg: ["ES256"] })],
  ["the alg of another key type", "jwk", header({ alg: "RS256" })],
  ["the alg of another curve", "jwk", header({ alg: "ES384" })],
  ["no jwk", "jwk", header({ jwk: undefined })],
  ["a kid for a jwk", "jwk", header({ jwk: undefined, kid: "k" })],
  ["a jwk that is text", "jwk", jwkOf((jwk) => JSON.stringify(jwk))],
  ["several jwks", "jwk", jwkOf((jwk) => [jwk])],
  ["a jwk without a coordinate", "jwk", jwkOf(({ y: _, ...jwk }) => jwk)],
  ["a jwk that is not a point of its curve", "jwk", jwkOf((jwk) => ({ ...jwk, y: jwk.x }))],
  ["a coordinate with padding", "jwk", jwkOf((jwk) => ({ ...jwk, x: `${jwk.x}=` }))],
  ["a coordinate too long", "jwk", jwkOf((jwk) => ({ ...jwk, x: `AA${jwk.x}` }))],
  ["the private key", "jwk", async () => makeProof(key, TOKEN, { header: { jwk: await exportJWK(key.privateKey) } })],
  ["a member of a private key", "jwk", jwkOf((jwk) => ({ ...jwk, d: null }))],
  ["a symmetric key", "jwk", jwkOf(() => ({ kty: "oct", k: "c2VjcmV0" }))],
  ["a key of another type", "jwk", jwkOf(() => rsa.jwk)],
  ["an unsupported curve", "jwk", jwkOf((jwk) => ({ ...jwk, crv: "secp256k1" }))],
  ["jku", "jku", header({ jku: "https://attacker.example/keys" })],
  ["x5u", "x5u", header({ x5u: "https://attacker.example/chain" })],
  ["x5c", "x5c", header({ x5c: ["MIIB"] })],
  ["crit", "crit", header({ crit: ["exp"] })],
  ["b64", "b64", header({ b64: false })],
  ["cty", "cty", header({ cty: "JWT" })],
  ["zip", "zip", header({ zip: "DEF" })],
  // Signature.
  ["a signature of zeros", "signature", parts((a, b) => `${a}.${b}.${base64url.encode(new Uint8Array(64))}`)],
  [
    "a signature of DER",
    "signature",
    parts((a, b) => `${a}.${b}.${base64url.encode(new Uint8Array([48, 6, 2, 1, 1, 2, 1, 1]))}`),
  ],
  ["the claims of another proof", "signature", parts((a, _, c) => `${a}.${encode({ htm: "GET" })}.${c}`)],
  ["another person's public key", "signature", () => makeProof(attacker, TOKEN, { header: { jwk: key.jwk } })],
  ["an attacker's key", "jkt", () => makeProof(attacker, TOKEN)],
  ["an attacker's key of another type", "jkt", () => makeProof(rsa, TOKEN)],
  // Request.
  ["no htm", "htm", claims({ htm: undefined })],
  ["another method", "htm", claims({ htm: "POST" })],
  ["the method in lower case", "htm", claims({ htm: "get" })],
  ["several methods", "htm", claims({ htm: ["GET"] })],
  ["no htu", "htu", claims({ htu: undefined })],
  ["an htu that is a number", "htu", claims({ htu: 7 })],
  ["several htu", "htu", claims({ htu: [`${ORIGIN}/v1/posts`] })],
  ["the path alone", "htu", claims({ htu: "/v1/posts" })],
  ["the origin alone", "htu", claims({ htu: ORIGIN })],
  ["another path", "htu", claims({ htu: `${ORIGIN}/v1/users` })],
  ["a trailing slash in the path", "htu", claims({ htu: `${ORIGIN}/v1/posts/` })],
  ["the path in capitals", "htu", claims({ htu: `${ORIGIN}/V1/posts` })],
  ["an escaped slash in the path", "htu", claims({ htu: `${ORIGIN}/v1%2Fposts` })],
  ["another host", "htu", claims({ htu: "https://api.example.test.evil.example/v1/posts" })],
  ["another port", "htu", claims({ htu: `${ORIGIN}:8443/v1/posts` })],
  ["another scheme", "htu", claims({ htu: `${ORIGIN.replace("https", "http")}/v1/posts` })],
  ["a user before the host", "htu", claims({ htu: "https://user@api.example.test/v1/posts" })],
  ["the origin as a user", "htu", claims({ htu: `${ORIGIN}@evil.example/v1/posts` })],
  ["a backslash", "htu", claims({ htu: `${ORIGIN}\\v1\\posts` })],
  ["a line break in the URL", "htu", claims({ htu: `${ORIGIN}/v1/\nposts` })],
  ["a leading space in the URL", "htu", claims({ htu: ` ${ORIGIN}/v1/posts` })],
  // Token.
  ["no ath", "ath", claims({ ath: undefined })],
  ["the hash of another token", "ath", async () => makeProof(key, "another.token.x")],
  ["the token instead of its hash", "ath", claims({ ath: TOKEN })],
  [
    "the hash with padding",
    "ath",
    async () => makeProof(key, TOKEN, { claims: { ath: `${(await proofClaims(TOKEN))["ath"]}=` } }),
  ],
  // Times.
  ["no iat", "iat", claims({ iat: undefined })],
  ["iat as text", "iat", claims({ iat: String(NOW) })],
  ["iat null", "iat", claims({ iat: null })],
  ["iat in milliseconds", "iat", claims({ iat: START })],
  ["iat more than a minute ago", "iat", claims({ iat: NOW - 61 })],
  ["iat more than a minute ahead", "iat", claims({ iat: NOW + 61 })],
  ["iat of another day", "iat", claims({ iat: NOW - 86_400 })],
  ["a past expiry", "exp", claims({ exp: NOW - 61 })],
  ["a future nbf", "nbf", claims({ nbf: NOW + 61 })],
  // jti and nonce.
  ["no jti", "jti", claims({ jti: undefined })],
  ["an empty jti", "jti", claims({ jti: "" })],
  ["a number for a jti", "jti", claims({ jti: 7 })],
  ["a jti too long", "jti", claims({ jti: "x".repeat(256) })],
  ["a nonce that is a number", "nonce", claims({ nonce: 7 })],
];

describe("a forged proof", () => {
  it("J09 the list has enough entries with unique names", () => {
    expect(FORGERIES.length).toBeGreaterThan(80);
    expect(new Set(FORGERIES.map(([name]) => name)).size).toBe(FORGERIES.length);
  });

  it.each(FORGERIES)("J09 is rejected: %s", async (_, reason, make) => {
    expect(await reasonFor(await make())).toBe(`proof:${reason}`);
  });

  it("J09 is rejected for another request, token, key or time", async () => {
    const proof = await makeProof(key, TOKEN);
    await verifyProof(proof, contextOf());
    expect(await reasonFor(proof, { method: "HEAD" })).toBe("proof:htm");
    expect(await reasonFor(proof, { targets: [`${ORIGIN}/v1/posts/x`] })).toBe("proof:htu");
    expect(await reasonFor(proof, { token: "another" })).toBe("proof:ath");
    expect(await reasonFor(proof, { jkt: attacker.jkt })).toBe("proof:jkt");
    expect(await reasonFor(proof, { now: START + 60_001 })).toBe("proof:iat");
  });

  it("J09 is rejected if its RSA key is too short, too long or has a long exponent", async () => {
    const small = { kty: "RSA", n: "x".repeat(171), e: "AQAB" };
    const large = { kty: "RSA", n: "x".repeat(1366), e: "AQAB" };
    const odd = { ...rsa.jwk, e: "AAAAAAAAAAAAAAAAAAAAAQAB" };
    for (const jwk of [small, large, odd]) {
      expect(await reasonFor(await makeProof(rsa, TOKEN, { header: { jwk } }), { jkt: rsa.jkt })).toBe("proof:jwk");
    }
  });
});

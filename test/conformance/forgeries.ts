/** Tokens that must be refused: a valid token with each change that an attacker or a mistake could make. */
import { base64url, exportSPKI } from "jose";
import { AUDIENCE, goodClaims, ISSUER, type Key, NOW, sign, signRaw } from "../support/issuer.ts";
import { claims, confused, credentials, type Forgery, flipped, header, parts, shown, text, token } from "./forging.ts";

export const OTHER_ISSUER = "https://other.example.test";

const utf8 = (value: string) => new TextEncoder().encode(value);
const NO_STRINGS = [null, 1, true, [], {}, ""];
const SECRETS: readonly [form: string, secretOf: (key: Key) => Promise<BufferSource>][] = [
  ["PEM", async ({ publicKey }) => utf8(await exportSPKI(publicKey))],
  ["PEM without line breaks", async ({ publicKey }) => utf8((await exportSPKI(publicKey)).replaceAll("\n", ""))],
  ["JWK", async ({ jwk }) => utf8(JSON.stringify(jwk))],
  ["DER", async ({ publicKey }) => (await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer], // the format spki never returns a JWK
];

const headers: readonly Forgery[] = [
  ...["alg", "typ", "kid"].flatMap((name) => [
    header(`no ${name}`, `header:${name}`, { [name]: undefined }),
    ...NO_STRINGS.map((value) => header(`${name} ${shown(value)}`, `header:${name}`, { [name]: value })),
  ]),
  ...[
    "JWT",
    "jwt",
    "AT+JWT",
    "at+jwt ",
    "application/jwt",
    "id_token+jwt",
    "dpop+jwt",
    "logout+jwt",
    "secevent+jwt",
  ].map((typ) => header(`typ ${shown(typ)}`, "header:typ", { typ })),
  ...["none", "None", "NONE", "nOnE", "none ", "n\u043ene"].map((alg) =>
    header(`alg ${shown(alg)}, signed`, "header:alg", { alg }),
  ),
  ...["ES384", "ES512", "ES256K", "RS384", "PS256", "EdDSA", "HS256", "es256", "ES256 ", "RSA-OAEP", "dir"].map((alg) =>
    header(`alg ${shown(alg)}`, "header:alg", { alg }),
  ),
  ...(["good", "rsa"] as const).flatMap((of) =>
    SECRETS.map(([form, secretOf]) => confused("HS256", of, form, secretOf)),
  ),
  confused("HS384", "rsa", "PEM", async ({ publicKey }) => utf8(await exportSPKI(publicKey))),
  confused("HS512", "rsa", "PEM", async ({ publicKey }) => utf8(await exportSPKI(publicKey))),
  token("an unknown key as jwk", "header:jwk", ({ stranger }) => sign(stranger, goodClaims(), { jwk: stranger.jwk })),
  header("the published key as jwk", "header:jwk", ({ good }) => ({ jwk: good.jwk })),
  header("jku", "header:jku", { jku: "https://attacker.example/jwks.json" }),
  header("jku of the issuer", "header:jku", { jku: `${ISSUER}jwks.json` }),
  header("x5u", "header:x5u", { x5u: "https://attacker.example/chain.pem" }),
  header("x5c", "header:x5c", { x5c: ["MIIB"] }),
  ...[["exp"], ["b64"], ["http://openbanking.org.uk/iat"], [], "exp", null].map((crit) =>
    header(`crit ${shown(crit)}`, "header:crit", { crit, b64: false }),
  ),
  header("b64 without crit", "header:b64", { b64: false }),
  header("enc", "header:enc", { enc: "A256GCM" }),
  header("zip", "header:zip", { zip: "DEF" }),
  header("cty, as nested tokens have", "header:cty", { cty: "JWT" }),
  ...[
    "nobody",
    "GOOD",
    "good ",
    "../../etc/passwd",
    "' OR 1=1 --",
    "__proto__",
    "constructor",
    "other",
    "k".repeat(2000),
  ].map((kid) => header(`kid ${shown(kid)}`, "unknown-key", { kid })),
  header("the kid of a key of another kind", "unknown-key", ({ rsa }) => ({ kid: rsa.kid })),
  header("alg of another kind of key", "unknown-key", { alg: "RS256" }),
];

const REQUIRED = ["aud", "exp", "sub", "iat", "jti", "client_id"];
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  aud: [null, 1, true, {}, [], [1], "", [[AUDIENCE]], { 0: AUDIENCE }],
  exp: [null, true, {}, [], "", String(NOW + 300), new Date((NOW + 300) * 1000).toISOString()],
  sub: [...NO_STRINGS, ["user-1"], "s".repeat(256)],
  iat: [null, true, {}, [], "", String(NOW), -1],
  nbf: [null, true, {}, [], "", String(NOW)],
  jti: NO_STRINGS,
  client_id: NO_STRINGS,
  auth_time: [null, true, {}, [], "yesterday", -1],
  cnf: [
    null,
    true,
    "x",
    [],
    {},
    { jkt: null },
    { jkt: "short" },
    { kid: "k" },
    { jkt: "x".repeat(43), "x5t#S256": "y" },
  ],
  scope: [null, 1, true, {}, [1], ["posts:write", null]],
  "https://example.com/roles": [null, 1, true, {}, [1], [["staff"]]],
};

const claimSets: readonly Forgery[] = [
  claims("no iss", "untrusted-issuer", { iss: undefined }),
  ...[
    ...[null, 1, true, [], {}, "", [ISSUER], { toString: ISSUER }],
    ...[
      ISSUER.slice(0, -1),
      `${ISSUER}/`,
      ISSUER.toUpperCase(),
      ISSUER.replace("https", "http"),
      ` ${ISSUER}`,
      `${ISSUER} `,
    ],
    ...[
      "https://LOGIN.example.test/",
      "https://login.example.test:443/",
      "https://login.example.test./",
      `${ISSUER}?x`,
    ],
    ...[
      "https://login.example.test/%2e",
      "https://user@login.example.test/",
      "https://login.example.test.evil.example/",
    ],
    ...[
      "https://login.ex\u0430mple.test/",
      "https://login.example.test\u2044",
      "https://login.exa\u0301mple.test/",
      `${ISSUER}\u200b`,
    ],
    ...["https://attacker.example/", "__proto__", `${ISSUER}#`, "https:\\\\login.example.test\\"],
  ].map((iss) => claims(`iss ${shown(iss)}`, "untrusted-issuer", { iss })),
  ...REQUIRED.map((name) => claims(`no ${name}`, `claim:${name}`, { [name]: undefined })),
  ...Object.entries(WRONG).flatMap(([name, values]) =>
    values.map((value) => claims(`${name} ${shown(value)}`, `claim:${name}`, { [name]: value })),
  ),
  ...[
    ...[
      "https://other-api.example.test",
      `${AUDIENCE}/`,
      AUDIENCE.toUpperCase(),
      AUDIENCE.slice(0, -1),
      `${AUDIENCE}.evil.example`,
    ],
    ...[
      "http://api.example.test",
      `${AUDIENCE}/v1`,
      "app-1",
      "*",
      `${AUDIENCE} https://other-api.example.test`,
      ISSUER,
    ],
    ...[["https://other-api.example.test", "app-1"], [""], `\u200b${AUDIENCE}`],
  ].map((aud) => claims(`aud ${shown(aud)}`, "claim:aud", { aud })),
  ...[NOW - 5, NOW - 6, NOW - 86_400, 0, -1, 1.5].map((exp) => claims(`exp ${exp - NOW} s`, "expired", { exp })),
  claims("nbf in the future", "claim:nbf", { nbf: NOW + 6 }),
  claims("iat in the future", "claim:iat", { iat: NOW + 6 }),
  claims("exp in milliseconds, beyond all dates", "claim:exp", { exp: (NOW + 300) * 1000 * 1000 }),
  ...["nonce", "at_hash", "c_hash", "s_hash"].map((name) =>
    claims(`an ID token's ${name}`, `claim:${name}`, { [name]: "n-0S6_WzA2Mj" }),
  ),
  token("iss of another trusted issuer", "unknown-key", ({ good }) => sign(good, goodClaims({ iss: OTHER_ISSUER }))),
  token("iss and kid of another trusted issuer", "signature", ({ good, other }) =>
    sign(good, goodClaims({ iss: OTHER_ISSUER }), { kid: other.kid }),
  ),
  token("signed by another trusted issuer", "unknown-key", ({ other }) => sign(other)),
  token("signed by another trusted issuer, with our kid", "signature", ({ other, good }) =>
    sign(other, goodClaims(), { kid: good.kid }),
  ),
];

const signatures: readonly Forgery[] = [
  ...[0, 1, 31, 32, 63].map((at) =>
    parts(`signature with a bit of byte ${at} flipped`, "signature", (h, p, s) => `${h}.${p}.${flipped(s, at)}`),
  ),
  parts("a stranger's signature", "signature", async (h, p, _, { good, stranger }) => {
    const forged = await sign(stranger, goodClaims(), { kid: good.kid });
    return `${h}.${p}.${forged.split(".")[2]}`;
  }),
  parts("another token's signature", "signature", async (h, p, _, { good }) => {
    const another = await sign(good, goodClaims({ jti: "another" }));
    return `${h}.${p}.${another.split(".")[2]}`;
  }),
  parts("zeros for a signature", "signature", (h, p) => `${h}.${p}.${base64url.encode(new Uint8Array(64))}`),
  parts(
    "half a signature",
    "signature",
    (h, p, s) => `${h}.${p}.${base64url.encode(base64url.decode(s).slice(0, 32))}`,
  ),
  parts(
    "a signature too long",
    "signature",
    (h, p, s) => `${h}.${p}.${base64url.encode(new Uint8Array([...base64url.decode(s), 0]))}`,
  ),
  parts("the claims of another token", "signature", (h, _, s) => {
    return `${h}.${base64url.encode(JSON.stringify(goodClaims({ sub: "admin" })))}.${s}`;
  }),
  parts(
    "claims serialized differently",
    "signature",
    (h, _, s) => `${h}.${base64url.encode(` ${JSON.stringify(goodClaims())}`)}.${s}`,
  ),
  parts("unused bits of the signature set", "malformed-token", (h, p, s) => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return `${h}.${p}.${s.slice(0, -1)}${alphabet[alphabet.indexOf(s.at(-1) ?? "") + 1]}`;
  }),
  ...["none", "None", "NONE", "nOnE"].map((alg) =>
    parts(
      `alg ${alg}, unsigned`,
      "malformed-token",
      (_, p) => `${base64url.encode(JSON.stringify({ alg, typ: "at+jwt" }))}.${p}.`,
    ),
  ),
];

const structures: readonly Forgery[] = [
  parts("no signature", "malformed-token", (h, p) => `${h}.${p}`),
  parts("an empty signature", "malformed-token", (h, p) => `${h}.${p}.`),
  parts("a fourth segment", "malformed-token", (h, p, s) => `${h}.${p}.${s}.${s}`),
  parts("a trailing dot", "malformed-token", (h, p, s) => `${h}.${p}.${s}.`),
  parts("a leading dot", "malformed-token", (h, p, s) => `.${h}.${p}.${s}`),
  parts("five segments, as encrypted tokens have", "malformed-token", (h, p, s) => `${h}.${p}.${s}.${p}.${s}`),
  parts("no header", "malformed-token", (_, p, s) => `.${p}.${s}`),
  parts("no claims", "malformed-token", (h, _, s) => `${h}..${s}`),
  parts("padding", "malformed-token", (h, p, s) => `${h}.${p}.${s}==`),
  parts("characters of plain base64", "malformed-token", (h, p, s) => `${h}.${p}.${s.slice(0, -2)}+/`),
  parts("a segment of an impossible length", "malformed-token", (h, p) => `${h}.${p}.AAAAA`),
  ...["x", ".", "..", "...", "null", "undefined", "e30.e30.e30", "e30.W10.e30", "0", "-", "~"].map((value) =>
    token(shown(value), value === "e30.e30.e30" ? "untrusted-issuer" : "malformed-token", () => value),
  ),
  text("claims that are an array", "[]"),
  text("claims that are text", '"x"'),
  text("claims that are null", "null"),
  text("no JSON", "{"),
  text("iss twice", JSON.stringify(goodClaims()).replace("{", '{"iss":"https://attacker.example/",')),
  text("a prototype", JSON.stringify(goodClaims()).replace("{", '{"__proto__":{"roles":["admin"]},')),
  text("exp larger than any number", JSON.stringify(goodClaims()).replace(/"exp":\d+/, '"exp":1e999')),
  text("a byte order mark", `\ufeff${JSON.stringify(goodClaims())}`),
  text("text after the JSON", `${JSON.stringify(goodClaims())}x`),
  text("U+0000 behind the issuer", JSON.stringify(goodClaims({ iss: `${ISSUER}\0` }))),
  text("claims nested too deep", `{"a":${"[".repeat(100)}${"]".repeat(100)}}`),
  token("a header with alg twice", "malformed-token", ({ good }) =>
    signRaw(good, `{"alg":"none","alg":"ES256","kid":"${good.kid}","typ":"at+jwt"}`, JSON.stringify(goodClaims())),
  ),
  token("a nested token", "malformed-token", async ({ good }) =>
    signRaw(good, JSON.stringify({ alg: "ES256", kid: good.kid, typ: "at+jwt" }), await sign(good)),
  ),
  token("not UTF-8", "malformed-token", () => `_w.${base64url.encode("{}")}.AAAA`),
  token("8 KiB and more", "too-long", ({ good }) => sign(good, goodClaims({ padding: "x".repeat(8192) }))),
  token("nearly 8 KiB of nothing", "malformed-token", () => "a".repeat(8000)),
];

const schemes: readonly Forgery[] = [
  credentials("an empty header", "unknown-scheme", () => ""),
  credentials("the scheme alone", "malformed-credentials", () => "Bearer"),
  credentials("the token alone", "unknown-scheme", (value) => value),
  credentials("a colon", "unknown-scheme", (value) => `Bearer: ${value}`),
  credentials("an equals sign", "unknown-scheme", (value) => `Bearer=${value}`),
  credentials("no space", "unknown-scheme", (value) => `Bearer${value}`),
  credentials("a tab for a space", "unknown-scheme", (value) => `Bearer\t${value}`),
  credentials("the scheme twice", "malformed-credentials", (value) => `Bearer Bearer ${value}`),
  credentials("quotes", "malformed-credentials", (value) => `Bearer "${value}"`),
  credentials("a space inside", "malformed-credentials", (value) => `Bearer ${value.replace(".", " .")}`),
  credentials("text behind", "malformed-credentials", (value) => `Bearer ${value} x`),
  credentials("JSON", "malformed-credentials", (value) => `Bearer {"token":"${value}"}`),
  credentials("Basic", "unknown-scheme", (value) => `Basic ${btoa(`user:${value}`)}`),
  credentials("Token", "unknown-scheme", (value) => `Token ${value}`),
];

export const FORGERIES: readonly Forgery[] = [...headers, ...claimSets, ...signatures, ...structures, ...schemes];

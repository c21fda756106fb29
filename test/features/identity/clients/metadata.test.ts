/** Metadata of clients that register themselves: strict, bounded, and under the rules for clients of admins. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scopesOf } from "#core/contract/scopes.ts";
import { OauthClientInput } from "#features/credentials/oauth-clients/contract.ts";
import { InvalidMetadata, readMetadata } from "#features/identity/clients/metadata.ts";
import { GRANT_TYPES } from "#features/identity/clients/rules.ts";
import { scopes } from "../../../support/modules.ts";

const encoder = new TextEncoder();
const CALLBACK = "https://app.example.com/callback";
const read = (metadata: unknown) => readMetadata(encoder.encode(JSON.stringify(metadata)), scopes);

function refusalOf(work: () => unknown): string {
  try {
    work();
    return "accepted";
  } catch (failure) {
    if (failure instanceof InvalidMetadata) return failure.error;
    throw failure;
  }
}

const refusal = (metadata: object) => refusalOf(() => read({ redirect_uris: [CALLBACK], ...metadata }));
const refusalOfText = (text: string) => refusalOf(() => readMetadata(encoder.encode(text), scopes));

describe("metadata", () => {
  it("have the defaults of RFC 7591", () => {
    expect(read({ redirect_uris: [CALLBACK] })).toEqual({
      name: undefined,
      redirectUris: [CALLBACK],
      postLogoutRedirectUris: [],
      grantTypes: ["authorization_code"],
      responseTypes: ["code"],
      authMethod: "client_secret_basic",
      scopes: ["openid", "offline_access", ...scopesOf(scopes, "customer")],
      requiresDpop: false,
    });
  });

  it("drop duplicates and unknown values", () => {
    const read_ = read({
      client_name: "App",
      redirect_uris: [CALLBACK, CALLBACK],
      post_logout_redirect_uris: ["https://app.example.com/", "https://app.example.com/"],
      grant_types: ["refresh_token", "authorization_code", "refresh_token"],
      scope: "comments:read nonsense openid openid admin",
      "client_name#de": "Anwendung",
      unknown_member: { a: [1, 2, 3] },
      software_statement: "eyJ.e30.x",
    });
    expect(read_).toMatchObject({
      name: "App",
      redirectUris: [CALLBACK],
      postLogoutRedirectUris: ["https://app.example.com/"],
      grantTypes: ["authorization_code", "refresh_token"],
      scopes: ["openid", "comments:read"],
    });
  });

  it.each([
    ["http", "http://evil.example/cb"],
    ["credentials", "https://a:b@host.example/"],
    ["an empty user", "https://@host.example/"],
    ["an empty user of an app", "com.example.app://@host/"],
    ["the scheme view-source", "view-source:https://host.example/"],
    ["a script", "javascript:alert(1)"],
    ["data", "data:text/html,x"],
    ["a blob", "blob:https://host.example/x"],
    ["a file", "file:///etc/passwd"],
    ["a fragment", "https://host.example/#x"],
    ["the name localhost", "http://localhost/cb"],
    ["a wildcard", "https://*.example.com/cb"],
    ["more than the maximum length", `https://host.example/${"a".repeat(2000)}`],
    ["nothing", ""],
    ["a number", 7],
    ["a list", [CALLBACK]],
  ])("refuse a redirect URI with %s, for logins and for logouts", (_, uri) => {
    expect(refusal({ redirect_uris: [uri] })).toBe("invalid_redirect_uri");
    expect(refusal({ redirect_uris: [CALLBACK, uri] })).toBe("invalid_redirect_uri");
    expect(refusal({ post_logout_redirect_uris: [uri] })).toBe("invalid_redirect_uri");
  });

  it("allow at most 10 redirect URIs of each kind, and require one for authorization_code", () => {
    const uris = (count: number) => Array.from({ length: count }, (_, index) => `${CALLBACK}/${index}`);
    expect(refusal({ redirect_uris: uris(10), post_logout_redirect_uris: uris(10) })).toBe("accepted");
    expect(refusal({ redirect_uris: uris(11) })).toBe("invalid_redirect_uri");
    expect(refusal({ redirect_uris: uris(500) })).toBe("invalid_redirect_uri");
    expect(refusal({ post_logout_redirect_uris: uris(11) })).toBe("invalid_redirect_uri");
    expect(refusal({ redirect_uris: [] })).toBe("invalid_redirect_uri");
    expect(refusal({ redirect_uris: CALLBACK })).toBe("invalid_redirect_uri");
    expect(refusal({ redirect_uris: null })).toBe("invalid_redirect_uri");
  });

  it.each([
    ["an empty name", { client_name: "" }],
    ["a blank name", { client_name: "  " }],
    ["a name of two lines", { client_name: "Bank\nof" }],
    ["a name of 101 characters", { client_name: "a".repeat(101) }],
    ["a name of 20,000 characters", { client_name: "a".repeat(20_000) }],
    ["a name that is a number", { client_name: 7 }],
    ["the grant client_credentials", { grant_types: ["client_credentials"] }],
    ["an implicit grant", { grant_types: ["implicit"] }],
    ["no grant", { grant_types: [] }],
    ["five grants", { grant_types: Array.from({ length: 5 }, () => "authorization_code") }],
    ["a refresh grant alone", { redirect_uris: [], grant_types: ["refresh_token"] }],
    ["the response type token", { response_types: ["token"] }],
    ["a code, and more", { response_types: ["code", "code id_token"] }],
    ["no response", { response_types: [] }],
    ["authentication by a private key", { token_endpoint_auth_method: "private_key_jwt" }],
    ["only scopes that cannot be registered", { scope: "admin posts:write" }],
    ["no scope", { scope: "" }],
    ["a list of scopes", { scope: ["openid"] }],
    ["a flag that is a text", { dpop_bound_access_tokens: "yes" }],
    ["RS256", { id_token_signed_response_alg: "RS256" }],
    ["no signature", { id_token_signed_response_alg: "none" }],
    ["pairwise subjects", { subject_type: "pairwise" }],
    ["a home page over http", { client_uri: "http://app.example.com/" }],
    ["a logo with a javascript URL", { logo_uri: "javascript:alert(1)" }],
    ["a policy with a data URL", { policy_uri: "data:text/html,x" }],
    ["terms with credentials", { tos_uri: "https://a:b@app.example.com/" }],
    ["terms with an app's scheme", { tos_uri: "com.example.app:/terms" }],
    ["keys at a loopback address", { jwks_uri: "http://127.0.0.1/jwks" }],
    ["keys twice", { jwks: { keys: [] }, jwks_uri: "https://app.example.com/jwks" }],
    ["keys that are numbers", { jwks: { keys: [1] } }],
    ["a private key", { jwks: { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y", d: "d" }] } }],
    ["a symmetric key", { jwks: { keys: [{ kty: "oct", k: "k" }] } }],
    ["11 keys", { jwks: { keys: Array.from({ length: 11 }, () => ({ kty: "EC" })) } }],
    ["contacts as a text", { contacts: "ops@example.com" }],
    ["11 contacts", { contacts: Array.from({ length: 11 }, () => "ops@example.com") }],
    ["a contact that is too long", { contacts: ["a".repeat(101)] }],
    ["its own client_id", { client_id: "demo-app" }],
    ["its own secret", { client_secret: "x" }],
    [
      "logout redirects without a grant for users",
      { redirect_uris: [], grant_types: ["refresh_token"], post_logout_redirect_uris: [] },
    ],
    ["too many unknown bytes", { unknown: "x".repeat(70_000) }],
    ["too many members", { unknown: Array.from({ length: 2001 }, () => 0) }],
    ["too deep nesting", { unknown: [[[[[[[]]]]]]] }],
  ])("refuse %s", (_, metadata) => {
    expect(refusal(metadata)).toBe("invalid_client_metadata");
  });

  it("accept the metadata that current clients send", () => {
    const metadata = {
      client_name: "Ünïcode 应用",
      redirect_uris: ["http://127.0.0.1:49152/cb", "com.example.app:/cb"],
      application_type: "native",
      token_endpoint_auth_method: "none",
      response_types: ["code"],
      id_token_signed_response_alg: "ES256",
      subject_type: "public",
      client_uri: "https://app.example.com",
      logo_uri: "https://app.example.com/logo.png",
      contacts: ["ops@example.com"],
      jwks: { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y" }] },
      software_id: "4NRB1-0XZABZI9E6-5SM3R",
    };
    expect(refusal(metadata)).toBe("accepted");
    const device = { redirect_uris: [], grant_types: [GRANT_TYPES[3]], response_types: [] };
    expect(refusal(device)).toBe("accepted");
    expect(refusal({ client_name: "𝒳".repeat(100) })).toBe("accepted");
  });

  it.each([
    ["a key twice", `{"redirect_uris":["${CALLBACK}"],"client_name":"a","client_name":"b"}`],
    ["a key twice, once escaped", `{"redirect_uris":["${CALLBACK}"],"client_name":"a","client\\u005fname":"b"}`],
    ["a prototype key", `{"redirect_uris":["${CALLBACK}"],"__proto__":{"client_id":"x"}}`],
    ["a list", "[]"],
    ["a text", '"x"'],
    ["nothing", ""],
    ["an incomplete object", '{"redirect_uris":['],
    ["half a surrogate pair", '{"client_name":"\\ud800"}'],
  ])("must be one strict JSON object: %s is refused", (_, text) => {
    expect(refusalOfText(text)).toBe("invalid_client_metadata");
  });

  it("follow the same rules as clients of admins", () => {
    const uri = fc.constantFrom(
      CALLBACK,
      "https://app.example.com",
      "http://127.0.0.1/cb",
      "http://evil.example/",
      "https://localhost/cb",
      "https://@app.example.com/",
      "view-source:x",
      "com.example.app:/cb",
      "https://app.example.com/#",
    );
    const client = fc.record({
      name: fc.oneof(fc.constantFrom("App", " App", "a".repeat(100), "a".repeat(101), "A\tB"), fc.string()),
      redirect_uris: fc.array(uri, { maxLength: 12 }),
      post_logout_redirect_uris: fc.array(uri, { maxLength: 12 }),
      grant_types: fc.subarray(GRANT_TYPES.filter((grant) => grant !== "client_credentials")),
    });
    fc.assert(
      fc.property(client, ({ name, ...members }) => {
        const byAdmin = OauthClientInput.safeParse({ type: "public", name, ...members, scopes: ["openid"] }).success;
        const metadata = { client_name: name, ...members, scope: "openid", token_endpoint_auth_method: "none" };
        expect(refusalOf(() => read(metadata)) === "accepted").toBe(byAdmin);
      }),
      { numRuns: 1000 },
    );
  });
});

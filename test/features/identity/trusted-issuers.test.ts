import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { TrustedIssuer } from "#core/contract/settings.ts";
import { Problem } from "#core/http/problem.ts";
import documentation from "../../../docs/identity.md?raw";
import { readSettings } from "../../../src/config.ts";
import { type Json, lastLog, makeKey, startKeyHost, startTrusting, trusted } from "../../support/issuer.ts";

const KEY = { kty: "EC", crv: "P-256", x: "x", y: "y", kid: "k" };

function read(text: string, environment = "production"): readonly TrustedIssuer[] {
  return readSettings({
    ...env,
    SLUICE_ENVIRONMENT: environment,
    SLUICE_PUBLIC_ORIGIN: "",
    SLUICE_CORS_ORIGINS: "",
    SLUICE_SECRET: "s".repeat(32),
    SLUICE_TRUSTED_ISSUERS: text,
  } as unknown as Env).trustedIssuers; // the type has only the variables of wrangler.toml
}

const readOne = (change: Json, environment?: string) => read(JSON.stringify([trusted(change)]), environment);

it("no issuer is trusted by default", () => {
  expect(read("")).toEqual([]);
  expect(read("[]")).toEqual([]);
});

it("the defaults are those of RFC 9068", () => {
  const written = {
    issuer: "https://login.example.test/",
    audience: "api",
    jwks_uri: "https://login.example.test/keys",
  };
  expect(read(JSON.stringify([written]))).toEqual([
    {
      issuer: "https://login.example.test/",
      audience: ["api"],
      algorithms: ["ES256", "RS256"],
      keys: { uri: "https://login.example.test/keys" },
      types: ["at+jwt", "application/at+jwt"],
      clientClaim: "client_id",
      requiredClaims: ["iat", "jti"],
      scopesClaim: "scope",
      rolesClaim: undefined,
    },
  ]);
});

it("an http URL is accepted only for a loopback host on a local server", () => {
  for (const host of ["127.0.0.1:4444", "localhost:4444", "[::1]:4444"]) {
    const change = { issuer: `http://${host}/`, jwks_uri: `http://${host}/keys` };
    expect(readOne(change, "local")[0]?.issuer).toBe(`http://${host}/`);
    expect(() => readOne(change)).toThrow(Problem);
  }
});

describe("an invalid configuration", () => {
  const cases: readonly [text: string | Json, reason: RegExp][] = [
    ["{", /must be JSON/],
    ["{}", /expected array/],
    ["null", /expected array/],
    [" ", /must be JSON/],
    [JSON.stringify([trusted(), trusted()]), /twice/],
    [{ issuer: undefined }, /issuer/],
    [{ issuer: "login.example.test" }, /URL/],
    [{ issuer: "http://login.example.test/" }, /must be https/],
    [{ issuer: "https://login.example.test/ x" }, /URL/],
    [{ issuer: "https://login.example.test/?a" }, /URL/],
    [{ issuer: "https://login.example.test/#a" }, /URL/],
    [{ issuer: "https://" }, /URL/],
    [{ audience: undefined }, /audience/],
    [{ audience: "" }, /audience/],
    [{ audience: [] }, /audience/],
    [{ algorithms: [] }, /algorithms/],
    [{ algorithms: ["none"] }, /algorithms/],
    [{ algorithms: ["HS256"] }, /algorithms/],
    [{ algorithms: ["ES256", "HS512"] }, /algorithms/],
    [{ algorithms: "ES256" }, /algorithms/],
    [{ jwks_uri: undefined }, /either jwks_uri or jwks/],
    [{ jwks: { keys: [KEY] } }, /either jwks_uri or jwks/],
    [{ jwks_uri: "http://login.example.test/keys" }, /must be https/],
    [{ jwks_uri: "file:///etc/passwd" }, /jwks_uri/],
    [{ jwks_uri: "http://127.0.0.1/keys" }, /must be https/],
    [{ jwks_uri: undefined, jwks: { keys: [] } }, /keys/],
    [{ jwks_uri: undefined, jwks: [KEY] }, /jwks/],
    [{ jwks_uri: undefined, jwks: { keys: [{ ...KEY, kid: undefined }] } }, /kid/],
    [{ jwks_uri: undefined, jwks: { keys: [{ ...KEY, d: "private" }] } }, /public key/],
    [{ jwks_uri: undefined, jwks: { keys: [{ kty: "oct", k: "secret", kid: "k" }] } }, /public key/],
    [{ typ: [] }, /typ/],
    [{ typ: "JWT" }, /typ/],
    [{ client_claim: "" }, /client_claim/],
    [{ required_claims: "jti" }, /required_claims/],
    [{ scopes: "scopes" }, /scopes/],
    [{ roles: "" }, /roles/],
    [{ role: "roles" }, /Unrecognized key: "role"/],
  ];

  it.each(cases)("is refused and logged: %j", (written, reason) => {
    const text = typeof written === "string" ? written : JSON.stringify([trusted(written)]);
    const problem = thrownBy(() => read(text));
    expect(problem.type).toBe("service-unavailable");
    expect(problem.cause).toBeInstanceOf(Error);
    expect((problem.cause as Error).message).toMatch(reason); // checked above
    expect((problem.cause as Error).message).toContain("SLUICE_TRUSTED_ISSUERS");
    expect((problem.cause as Error).message).not.toMatch(/private|secret/);
  });

  it("makes every endpoint except /livez return 503", async () => {
    const service = startTrusting(startKeyHost([]), [trusted({ algorithms: ["none"] })]);
    expect((await service.fetch("/.well-known/api-catalog")).status).toBe(503);
    expect(lastLog(service)["exception.message"]).toContain("SLUICE_TRUSTED_ISSUERS");
    expect((await service.fetch("/livez")).status).toBe(200);
  });
});

it("every example of the documentation is accepted", () => {
  const blocks = [...documentation.matchAll(/```json\n([\s\S]*?)```/g)];
  const examples = blocks.flatMap(([, text = ""]): Json | Json[] => JSON.parse(text));
  expect(examples.length).toBe(3);
  for (const example of examples) expect(read(JSON.stringify([example])).length).toBe(1);
});

it("a key set as exported by jose is accepted", async () => {
  const { jwk } = await makeKey("k", "EdDSA");
  const [issuer] = readOne({ jwks_uri: undefined, jwks: { keys: [{ ...jwk, x5t: "ignored" }] } });
  expect(issuer?.keys).toEqual({ set: { keys: [jwk] } });
});

function thrownBy(action: () => unknown): Problem {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

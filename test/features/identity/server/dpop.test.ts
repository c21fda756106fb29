/** DPoP at the authorization server (RFC 9449): a bound token is valid only with its key. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import {
  authorize,
  basic,
  claimsOf,
  codeIn,
  errorOf,
  ORIGIN,
  redemption,
  type Server,
  seed,
  startServer,
  type Tokens,
} from "./support.ts";

beforeAll(seed, 60_000);

interface Prover {
  readonly thumbprint: string;
  prove(claims?: Record<string, unknown>): Promise<Record<string, string>>;
}

async function makeProver(): Promise<Prover> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk: JWK = await exportJWK(publicKey);
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    async prove(claims = {}) {
      const proof = await new SignJWT({
        htm: "POST",
        htu: `${ORIGIN}/oauth/token`,
        jti: crypto.randomUUID(),
        ...claims,
      })
        .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
        .setIssuedAt()
        .sign(privateKey);
      return { dpop: proof };
    },
  };
}

const server = startServer();
const prover = await makeProver();
const stranger = await makeProver();

async function boundTokens(own: Server, client_id = "app"): Promise<Tokens> {
  const code = codeIn(await authorize(own, { client_id, scope: "offline_access comments:read" }));
  const response = await own.post("/oauth/token", redemption(code, { client_id }), await prover.prove());
  expect(response.status).toBe(200);
  return response.json<Tokens>();
}

const refreshBound = async (token: string, by: Prover | undefined, own = server): Promise<Response> => {
  const form = { grant_type: "refresh_token", client_id: "app", refresh_token: token };
  return own.post("/oauth/token", form, by === undefined ? {} : await by.prove());
};

describe("a bound token", () => {
  it("J09 contains the thumbprint of its key", async () => {
    const tokens = await boundTokens(server);
    expect(tokens.token_type).toBe("DPoP");
    expect(claimsOf(tokens.access_token)["cnf"]).toEqual({ jkt: prover.thumbprint });
  });

  it("J09 is refreshed only with the same key, also in parallel", async () => {
    const { refresh_token } = await boundTokens(server);
    expect(await errorOf(await refreshBound(refresh_token, undefined))).toBe("invalid_grant");
    expect(await errorOf(await refreshBound(refresh_token, stranger))).toBe("invalid_grant");
    const answers = await Promise.all(Array.from({ length: 6 }, () => refreshBound(refresh_token, prover)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    const tokens = await Promise.all(answers.map((answer) => answer.json<Tokens>()));
    expect(new Set(tokens.map((given) => given.refresh_token)).size).toBe(1);
    // The grace period does not help an attacker without the key.
    expect(await errorOf(await refreshBound(refresh_token, stranger))).toBe("invalid_grant");
    expect((await refreshBound(tokens[0]?.refresh_token ?? "", prover)).status).toBe(200);
  });

  it("J09 is required for a client with `requires_dpop`", async () => {
    const code = codeIn(await authorize(server, { client_id: "bound-app", scope: "comments:read" }));
    const form = redemption(code, { client_id: "bound-app" });
    expect(await errorOf(await server.post("/oauth/token", form))).toBe("invalid_grant");
    expect((await server.post("/oauth/token", form, await prover.prove())).status).toBe(200);
  });

  it("J09 is not issued to another key than the one that the code was requested with", async () => {
    const overrides = { scope: "comments:read", dpop_jkt: prover.thumbprint };
    const code = codeIn(await authorize(server, overrides));
    const response = await server.post("/oauth/token", redemption(code), await stranger.prove());
    expect(await errorOf(response)).toBe("invalid_grant");
  });

  it("J09 is introspected with its type and key", async () => {
    const code = codeIn(await authorize(server, { client_id: "web", scope: "comments:read" }));
    const headers = { ...basic("web"), ...(await prover.prove()) };
    const { client_id: _, ...form } = redemption(code);
    const { access_token } = await (await server.post("/oauth/token", form, headers)).json<Tokens>();
    const answer = await server.post("/oauth/introspect", { token: access_token }, basic("web"));
    expect(await answer.json()).toMatchObject({ token_type: "DPoP", cnf: { jkt: prover.thumbprint } });
  });
});

describe("a proof", () => {
  const form = { grant_type: "client_credentials" };

  it.each([
    ["for another method", { htm: "GET" }],
    ["for another endpoint", { htu: `${ORIGIN}/oauth/par` }],
    ["for another host", { htu: "https://other.example.test/oauth/token" }],
    ["without a jti", { jti: undefined }],
  ])("J09 %s is rejected", async (_, claims) => {
    const response = await server.post("/oauth/token", form, { ...basic("robot"), ...(await prover.prove(claims)) });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe("invalid_dpop_proof");
  });

  it("J09 is accepted once, also in parallel", async () => {
    const headers = { ...basic("robot"), ...(await prover.prove()) };
    const answers = await Promise.all(Array.from({ length: 5 }, () => server.post("/oauth/token", form, headers)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const again = await server.post("/oauth/token", form, headers);
    expect(again.status).toBe(400);
    expect(await errorOf(again)).toBe("invalid_dpop_proof");
  });

  it("J09 requires a nonce of the server if the configuration says so", async () => {
    const strict = startServer({ dpopNonces: "required" });
    const first = await strict.post("/oauth/token", form, { ...basic("robot"), ...(await prover.prove()) });
    expect(first.status).toBe(400);
    expect(await errorOf(first)).toBe("use_dpop_nonce");
    const nonce = first.headers.get("dpop-nonce");
    expect(nonce).toMatch(/^[\w-]{43}$/);
    const second = await strict.post("/oauth/token", form, { ...basic("robot"), ...(await prover.prove({ nonce })) });
    expect(second.status).toBe(200);
    const made = { ...basic("robot"), ...(await prover.prove({ nonce: "made-up" })) };
    expect(await errorOf(await strict.post("/oauth/token", form, made))).toBe("use_dpop_nonce");
  });
});

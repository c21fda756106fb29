/**
 * Two independent OAuth clients over real HTTP: `oauth4webapi` and `openid-client` discover the service by its metadata
 * and complete their flows. Each validates the responses as the standards require.
 */
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as oauth from "oauth4webapi";
import * as oidc from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goThrough } from "./person.ts";
import { freePort, type StartProcess, start } from "./start-process.ts";

const REDIRECT = "http://127.0.0.1:51004/callback";
const SCOPE = "openid offline_access users:read users:write";
const SECRET = "local-demo-secret";
const INSECURE = { [oauth.allowInsecureRequests]: true } as const; // the local server has no TLS

let service: StartProcess;
let directory: string;
let origin: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-oauth-"));
  const port = await freePort();
  service = start("--port", String(port), "--state", directory);
  await service.lineThatBegins("ready on ");
  origin = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  service?.child.kill("SIGTERM");
  await service?.exited;
  rmSync(directory, { recursive: true, force: true });
});

async function discover(algorithm: "oauth2" | "oidc"): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(origin);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...INSECURE }));
}

async function call(path: string, token: string): Promise<number> {
  return (await fetch(origin + path, { headers: { authorization: `Bearer ${token}` } })).status;
}

describe("oauth4webapi", () => {
  const client: oauth.Client = { client_id: "demo-app" };

  it("J03 J05 J06 redeems a code, calls the API, refreshes its tokens and revokes them", async () => {
    const server = await discover("oauth2");
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const url = new URL(server.authorization_endpoint ?? "");
    url.search = new URLSearchParams({
      client_id: client.client_id,
      response_type: "code",
      redirect_uri: REDIRECT,
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).toString();
    const back = oauth.validateAuthResponse(server, client, await goThrough(url, REDIRECT), state);
    const none = oauth.None();
    const given = await oauth.authorizationCodeGrantRequest(server, client, none, back, REDIRECT, verifier, INSECURE);
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, given, { expectedNonce: nonce });
    expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toMatch(/^user_/);
    expect(await call("/v1/users/me", tokens.access_token)).toBe(200);

    const first = tokens.refresh_token ?? "";
    const renew = async (token: string) =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(server, client, none, token, INSECURE),
      );
    const parallel = await Promise.all(Array.from({ length: 10 }, () => renew(first)));
    const [next = ""] = new Set(parallel.map((response) => response.refresh_token));
    expect(new Set(parallel.map((response) => response.refresh_token)).size).toBe(1);
    const last = await renew(next);
    const ended = await oauth.revocationRequest(server, client, none, last.refresh_token ?? "", INSECURE);
    await oauth.processRevocationResponse(ended);
    await expect(renew(last.refresh_token ?? "")).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await call("/v1/users/me", last.access_token)).toBe(401);
  });

  it("J04 gets a token with client credentials and introspects it", async () => {
    const server = await discover("oidc");
    const robot: oauth.Client = { client_id: "demo-service" };
    const proof = oauth.ClientSecretBasic(SECRET);
    const given = await oauth.clientCredentialsGrantRequest(server, robot, proof, { scope: "users:read" }, INSECURE);
    const { access_token } = await oauth.processClientCredentialsResponse(server, robot, given);
    const introspected = await oauth.introspectionRequest(server, robot, proof, access_token, INSECURE);
    const response = await oauth.processIntrospectionResponse(server, robot, introspected);
    expect(response).toMatchObject({ active: true, client_id: "demo-service", scope: "users:read" });
    expect(await call("/v1/users/me", access_token)).toBe(200);
  });

  it("J09 gets a DPoP-bound token", async () => {
    const server = await discover("oauth2");
    const pair = await oauth.generateKeyPair("ES256");
    const DPoP = oauth.DPoP({}, pair);
    const robot: oauth.Client = { client_id: "demo-service" };
    const proof = oauth.ClientSecretPost(SECRET);
    const given = await oauth.clientCredentialsGrantRequest(server, robot, proof, {}, { DPoP, ...INSECURE });
    const tokens = await oauth.processClientCredentialsResponse(server, robot, given);
    expect(tokens.token_type).toBe("dpop");
    const url = new URL(`${origin}/v1/users/me`);
    const headers = new Headers();
    const options = { DPoP, ...INSECURE };
    const response = await oauth.protectedResourceRequest(tokens.access_token, "GET", url, headers, null, options);
    expect(response.status).toBe(200);
    // Without the key the token is refused.
    expect(await call("/v1/users/me", tokens.access_token)).toBe(401);
  });
});

describe("openid-client", () => {
  it("J08 pushes its authorization request and signs a person in", async () => {
    const options = { execute: [oidc.allowInsecureRequests] };
    const config = await oidc.discovery(new URL(origin), "demo-app", undefined, oidc.None(), options);
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const expectedState = oidc.randomState();
    const url = await oidc.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: REDIRECT,
      scope: SCOPE,
      state: expectedState,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });
    const back = await goThrough(url, REDIRECT);
    const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState });
    expect(tokens.claims()?.sub).toMatch(/^user_/);
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(await call("/v1/users/me", next.access_token)).toBe(200);
    // Reuse of the code revokes all tokens that were issued for it.
    const again = oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState });
    await expect(again).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await call("/v1/users/me", next.access_token)).toBe(401);
  });

  it("signs a person out and redirects to its registered URI", async () => {
    const options = { execute: [oidc.allowInsecureRequests] };
    const config = await oidc.discovery(new URL(origin), "demo-app", undefined, oidc.None(), options);
    const place = "http://127.0.0.1/callback";
    const wanted = { post_logout_redirect_uri: place, state: "done" };
    const back = await goThrough(oidc.buildEndSessionUrl(config, wanted), place);
    expect(back.searchParams.get("state")).toBe("done");
    const elsewhere = oidc.buildEndSessionUrl(config, { ...wanted, post_logout_redirect_uri: `${place}/x` });
    await expect(goThrough(elsewhere, place)).rejects.toThrow("no form");
  });

  it("starts a device authorization, whose token request is pending", async () => {
    const options = { execute: [oidc.allowInsecureRequests] };
    const config = await oidc.discovery(new URL(origin), "demo-app", undefined, oidc.None(), options);
    const started = await oidc.initiateDeviceAuthorization(config, { scope: "users:read" });
    expect(started.user_code).toMatch(/^[B-Z]{4}-[B-Z]{4}$/);
    const form = new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      client_id: "demo-app",
      device_code: started.device_code,
    });
    const response = await fetch(`${origin}/oauth/token`, { method: "POST", body: form });
    expect(await response.json()).toMatchObject({ error: "authorization_pending" });
  });
});

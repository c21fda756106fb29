/** The client credentials grant and client authentication. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { scopesOf } from "#core/contract/scopes.ts";
import { openDatabase } from "#core/data/database.ts";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
import { brokenDatabase } from "../../../support/broken-database.ts";
import { scopes } from "../../../support/modules.ts";
import {
  basic,
  claimsOf,
  errorOf,
  ORIGIN,
  ROBOT,
  SECRET,
  START,
  seed,
  serve,
  startServer,
  type Tokens,
} from "./support.ts";

beforeAll(seed, 60_000);

const server = startServer();
const GRANT = { grant_type: "client_credentials" };

describe("client credentials", () => {
  it("J04 return a token for the client's own account, and no refresh token", async () => {
    const response = await server.post("/oauth/token", { ...GRANT, scope: "comments:read" }, basic("robot"));
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const tokens = await response.json<Tokens>();
    expect(tokens.refresh_token).toBeUndefined();
    const claims = claimsOf(tokens.access_token);
    expect(claims).toEqual({
      iss: ORIGIN,
      aud: ORIGIN,
      sub: "robot",
      client_id: "robot",
      account: ROBOT,
      roles: ["customer"],
      plan: "free",
      scope: "comments:read",
      iat: Math.floor(server.now() / 1000),
      account_version: 1,
      client_version: 1,
      exp: Math.floor(server.now() / 1000) + 600,
      jti: expect.any(String),
    });
  });

  it("grant all scopes of account and client by default", async () => {
    const tokens = await (await server.post("/oauth/token", GRANT, basic("robot"))).json<Tokens>();
    expect(tokens.scope?.split(" ")).toEqual(scopesOf(scopes, "customer"));
  });

  it("omit scopes that cannot be granted", async () => {
    const form = { ...GRANT, scope: "comments:read admin openid offline_access nonsense" };
    const tokens = await (await server.post("/oauth/token", form, basic("robot"))).json<Tokens>();
    expect(tokens.scope).toBe("comments:read");
    const nothing = await server.post("/oauth/token", { ...GRANT, scope: "admin" }, basic("robot"));
    expect(await errorOf(nothing)).toBe("invalid_scope");
  });

  it("J07 return a token for this API only", async () => {
    const mine = await server.post("/oauth/token", { ...GRANT, resource: ORIGIN }, basic("robot"));
    expect(mine.status).toBe(200);
    for (const resource of ["https://other.example.test", `${ORIGIN}/v1`, "nonsense"]) {
      const other = await server.post("/oauth/token", { ...GRANT, resource }, basic("robot"));
      expect(other.status).toBe(400);
      expect(await errorOf(other)).toBe("invalid_target");
    }
  });

  it("are refused after the account is deleted", async () => {
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(ROBOT).run();
    const response = await server.post("/oauth/token", GRANT, basic("robot"));
    expect(await errorOf(response)).toBe("unauthorized_client");
    await env.DB.prepare("UPDATE users SET deleted_at = NULL WHERE id = ?").bind(ROBOT).run();
  });

  it("are refused for a public client, even if its row has the grant", async () => {
    const grants = JSON.stringify(["client_credentials", "authorization_code"]);
    const update = "UPDATE oauth_clients SET grant_types = ?, account_id = ? WHERE client_id = 'other-app'";
    await env.DB.prepare(update).bind(grants, ROBOT).run();
    const response = await server.post("/oauth/token", { ...GRANT, client_id: "other-app" });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe("unauthorized_client");
  });
});

describe("a client's secret", () => {
  it.each([
    ["a wrong secret in the header", {}, basic("robot", "wrong")],
    ["a missing secret", { client_id: "robot" }, {}],
    ["a wrong secret in the form", { client_id: "robot", client_secret: "wrong" }, {}],
    ["its hash", { client_id: "robot", client_secret: "hash" }, {}],
    ["a secret for an unknown client", { client_id: "nobody", client_secret: SECRET }, {}],
    ["a secret for a public client", { client_id: "app", client_secret: SECRET }, {}],
  ])("J04 %s is refused with 401", async (_, form, headers) => {
    const fields = { ...GRANT, ...form } as Record<string, string>;
    if (fields["client_secret"] === "hash") fields["client_secret"] = await hashSecret(SECRET);
    const response = await server.post("/oauth/token", fields, headers as Record<string, string>);
    expect(response.status).toBe(401);
    expect(await errorOf(response.clone())).toBe("invalid_client");
    expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm="https:\/\/api\.example\.test"/);
  });

  it("is accepted in the form or in the header, but not in both", async () => {
    const form = { ...GRANT, client_id: "robot", client_secret: SECRET };
    expect((await server.post("/oauth/token", form)).status).toBe(200);
    expect(await errorOf(await server.post("/oauth/token", form, basic("robot")))).toBe("invalid_request");
  });

  it("J04 is not accepted in a JSON body", async () => {
    const request = new Request(`${ORIGIN}/oauth/token`, {
      method: "POST",
      headers: { ...basic("robot"), "content-type": "application/json" },
      body: JSON.stringify(GRANT),
    });
    const response = await serve(request, server.context());
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe("invalid_request");
  });

  it("is valid next to its successor until the overlap ends", async () => {
    const own = startServer();
    const update =
      "UPDATE oauth_clients SET previous_secret_hash = secret_hash, secret_hash = ?, previous_secret_expires_at = ? WHERE client_id = 'robot'";
    await env.DB.prepare(update)
      .bind(await hashSecret("a newer secret"), START + 60_000)
      .run();
    expect((await own.post("/oauth/token", GRANT, basic("robot", "a newer secret"))).status).toBe(200);
    expect((await own.post("/oauth/token", GRANT, basic("robot"))).status).toBe(200);
    own.advance(60_000);
    expect((await own.post("/oauth/token", GRANT, basic("robot"))).status).toBe(401);
    expect((await own.post("/oauth/token", GRANT, basic("robot", "a newer secret"))).status).toBe(200);
    const restore =
      "UPDATE oauth_clients SET secret_hash = previous_secret_hash, previous_secret_hash = NULL WHERE client_id = 'robot'";
    await env.DB.prepare(restore).run();
  });

  it("is invalid after the client is deleted", async () => {
    await env.DB.prepare("UPDATE oauth_clients SET deleted_at = 1 WHERE client_id = 'robot'").run();
    expect((await server.post("/oauth/token", GRANT, basic("robot"))).status).toBe(401);
    await env.DB.prepare("UPDATE oauth_clients SET deleted_at = NULL WHERE client_id = 'robot'").run();
  });
});

describe("a failure", () => {
  const request = (secret: string) =>
    new Request(`${ORIGIN}/oauth/token`, {
      method: "POST",
      headers: basic("robot", secret),
      body: new URLSearchParams(GRANT),
    });

  it("is logged by its OAuth error code", async () => {
    const context = server.context();
    await serve(request("wrong"), context);
    expect(context.log["oauth.error"]).toBe("invalid_client");
  });

  it("is thrown if it is unexpected, without a response to the client", async () => {
    const context = server.context();
    // The keys are in memory, but the client must be read.
    await serve(request(SECRET), context);
    const database = openDatabase(brokenDatabase("the database is away"));
    await expect(serve(request(SECRET), { ...context, database })).rejects.toThrow();
  });
});

/** Scopes: requested, permitted and granted. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { scopesOf } from "#core/contract/scopes.ts";
import { scopes } from "../../../support/modules.ts";
import {
  ADA,
  authorize,
  claimsOf,
  codeIn,
  redemption,
  refresh,
  STAFF,
  seed,
  signIn,
  startServer,
  type Tokens,
} from "./support.ts";

const OF_CUSTOMERS = scopesOf(scopes, "customer").length;
const OF_STAFF = scopesOf(scopes, "staff").length;

beforeAll(seed, 60_000);

const server = startServer();

describe("the granted scopes", () => {
  it.each([
    ["all scopes of a customer, if none is requested", {}, ADA, OF_CUSTOMERS],
    [
      "all scopes of a customer, if only protocol scopes are requested",
      { scope: "openid offline_access" },
      ADA,
      OF_CUSTOMERS,
    ],
    ["all scopes of staff", {}, STAFF, OF_STAFF],
    ["limited to the scopes of the account", { scope: "comments:read posts:write admin" }, ADA, 1],
    ["limited to the scopes of the client", { client_id: "reader", scope: "comments:read comments:write" }, ADA, 1],
    ["all scopes of the client", { client_id: "reader" }, STAFF, 1],
    ["the known ones among the requested", { scope: "comments:read everything" }, ADA, 1],
  ])("are %s", async (_, overrides, account, count) => {
    const back = await authorize(server, overrides, account);
    const client_id = "client_id" in overrides ? overrides.client_id : "app";
    const response = await server.post("/oauth/token", redemption(codeIn(back), { client_id }));
    const { access_token } = await response.json<Tokens>();
    expect(String(claimsOf(access_token)["scope"]).split(" ")).toHaveLength(count);
  });

  it("include a refresh token only with offline_access", async () => {
    const back = await authorize(server, { scope: "openid comments:read" });
    const tokens = await (await server.post("/oauth/token", redemption(codeIn(back)))).json<Tokens>();
    expect(tokens.refresh_token).toBeUndefined();
  });

  it("shrink with the account's role", async () => {
    const { refresh_token } = await signIn(server, { scope: "offline_access comments:read posts:write" }, STAFF);
    await env.DB.prepare("UPDATE users SET role = 'customer' WHERE id = ?").bind(STAFF).run();
    const next = await (await refresh(server, refresh_token)).json<Tokens>();
    expect(claimsOf(next.access_token)).toMatchObject({ scope: "comments:read", roles: ["customer"] });
    await env.DB.prepare("UPDATE users SET role = 'staff' WHERE id = ?").bind(STAFF).run();
  });

  describe("shrink with the client's scopes", () => {
    const NARROWED = '["users:read"]';
    let everything = "";

    beforeAll(async () => {
      const row = env.DB.prepare("SELECT scopes FROM oauth_clients WHERE client_id = 'other-app'");
      everything = (await row.first<string>("scopes")) ?? "";
    });

    const allow = (scopes: string) =>
      env.DB.prepare("UPDATE oauth_clients SET scopes = ? WHERE client_id = 'other-app'").bind(scopes).run();

    afterEach(() => allow(everything));

    const OVERRIDES = { client_id: "other-app", scope: "openid offline_access users:read comments:read" };
    const CLIENT = { client_id: "other-app" };

    it("a code without offline_access and openid returns no refresh token and no ID token", async () => {
      const code = codeIn(await authorize(server, OVERRIDES));
      await allow(NARROWED);
      const response = await server.post("/oauth/token", redemption(code, CLIENT));
      const tokens = await response.json<Tokens & { readonly scope: string }>();
      expect(tokens).toMatchObject({ scope: "users:read" });
      expect(tokens.refresh_token).toBeUndefined();
      expect(tokens.id_token).toBeUndefined();
    });

    it("a refresh token without offline_access is refused", async () => {
      const { refresh_token } = await signIn(server, OVERRIDES);
      await allow(NARROWED);
      const refused = await refresh(server, refresh_token, CLIENT);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ error: "invalid_grant" });
    });

    it("a refresh token without openid returns no ID token", async () => {
      const { refresh_token } = await signIn(server, OVERRIDES);
      await allow('["offline_access","users:read"]');
      const tokens = await (await refresh(server, refresh_token, CLIENT)).json<Tokens & { readonly scope: string }>();
      expect(tokens).toMatchObject({ scope: "offline_access users:read" });
      expect(tokens.id_token).toBeUndefined();
    });
  });
});

/** Scopes: what is asked for, what may be had, and what a token gets. */
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

describe("scopes", () => {
  it.each([
    ["all that a customer may have, where none is asked for", {}, ADA, OF_CUSTOMERS],
    ["the same beside those of the protocol", { scope: "openid offline_access" }, ADA, OF_CUSTOMERS],
    ["all that staff may have", {}, STAFF, OF_STAFF],
    ["no more than the account may have", { scope: "comments:read posts:write admin" }, ADA, 1],
    ["no more than the client may have", { client_id: "reader", scope: "comments:read comments:write" }, ADA, 1],
    ["all that the client may have", { client_id: "reader" }, STAFF, 1],
    ["what is known beside what is not", { scope: "comments:read everything" }, ADA, 1],
  ])("are %s", async (_, asking, account, count) => {
    const back = await authorize(server, asking, account);
    const client_id = "client_id" in asking ? asking.client_id : "app";
    const response = await server.post("/oauth/token", redemption(codeIn(back), { client_id }));
    const { access_token } = await response.json<Tokens>();
    expect(String(claimsOf(access_token)["scope"]).split(" ")).toHaveLength(count);
  });

  it("give a refresh token only with offline_access", async () => {
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

  describe("shrink with the client's", () => {
    const NARROWED = '["users:read"]';
    let everything = "";

    beforeAll(async () => {
      const row = env.DB.prepare("SELECT scopes FROM oauth_clients WHERE client_id = 'other-app'");
      everything = (await row.first<string>("scopes")) ?? "";
    });

    const allow = (scopes: string) =>
      env.DB.prepare("UPDATE oauth_clients SET scopes = ? WHERE client_id = 'other-app'").bind(scopes).run();

    afterEach(() => allow(everything));

    const ASKING = { client_id: "other-app", scope: "openid offline_access users:read comments:read" };
    const CLIENT = { client_id: "other-app" };

    it("so that a code gives no refresh token and no ID token any more", async () => {
      const code = codeIn(await authorize(server, ASKING));
      await allow(NARROWED);
      const response = await server.post("/oauth/token", redemption(code, CLIENT));
      const tokens = await response.json<Tokens & { readonly scope: string }>();
      expect(tokens).toMatchObject({ scope: "users:read" });
      expect(tokens.refresh_token).toBeUndefined();
      expect(tokens.id_token).toBeUndefined();
    });

    it("so that a refresh token without offline_access is refused", async () => {
      const { refresh_token } = await signIn(server, ASKING);
      await allow(NARROWED);
      const refused = await refresh(server, refresh_token, CLIENT);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ error: "invalid_grant" });
    });

    it("so that a refresh token gives no ID token without openid", async () => {
      const { refresh_token } = await signIn(server, ASKING);
      await allow('["offline_access","users:read"]');
      const tokens = await (await refresh(server, refresh_token, CLIENT)).json<Tokens & { readonly scope: string }>();
      expect(tokens).toMatchObject({ scope: "offline_access users:read" });
      expect(tokens.id_token).toBeUndefined();
    });
  });
});

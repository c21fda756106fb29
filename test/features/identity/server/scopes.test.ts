/** Scopes: what is asked for, what may be had, and what a token gets. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
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

beforeAll(seed, 60_000);

const server = startServer();

describe("scopes", () => {
  it.each([
    ["all that a customer may have, where none is asked for", {}, ADA, 6],
    ["the same beside those of the protocol", { scope: "openid offline_access" }, ADA, 6],
    ["all that staff may have", {}, STAFF, 7],
    ["no more than the account may have", { scope: "orders:read products:write admin" }, ADA, 1],
    ["no more than the client may have", { client_id: "reader", scope: "orders:read orders:write" }, ADA, 1],
    ["all that the client may have", { client_id: "reader" }, STAFF, 1],
    ["what is known beside what is not", { scope: "orders:read everything" }, ADA, 1],
  ])("are %s", async (_, asking, account, count) => {
    const back = await authorize(server, asking, account);
    const client_id = "client_id" in asking ? asking.client_id : "app";
    const response = await server.post("/oauth/token", redemption(codeIn(back), { client_id }));
    const { access_token } = await response.json<Tokens>();
    expect(String(claimsOf(access_token)["scope"]).split(" ")).toHaveLength(count);
  });

  it("give a refresh token only with offline_access", async () => {
    const back = await authorize(server, { scope: "openid orders:read" });
    const tokens = await (await server.post("/oauth/token", redemption(codeIn(back)))).json<Tokens>();
    expect(tokens.refresh_token).toBeUndefined();
  });

  it("shrink with the account's role", async () => {
    const { refresh_token } = await signIn(server, { scope: "offline_access orders:read products:write" }, STAFF);
    await env.DB.prepare("UPDATE users SET role = 'customer' WHERE id = ?").bind(STAFF).run();
    const next = await (await refresh(server, refresh_token)).json<Tokens>();
    expect(claimsOf(next.access_token)).toMatchObject({ scope: "orders:read", roles: ["customer"] });
    await env.DB.prepare("UPDATE users SET role = 'staff' WHERE id = ?").bind(STAFF).run();
  });
});

/** The log line of a request to the authorization server names the client and the account. */
import { beforeAll, describe, expect, it } from "vitest";
import { startService } from "../../../support/service.ts";
import * as oauth from "./support.ts";

async function named(path: string, init: RequestInit = {}) {
  const service = startService();
  await service.fetch(path, init);
  const line = JSON.parse(service.logs.at(-1) ?? "{}") as Record<string, unknown>; // the service writes JSON objects
  return { status: line["http.response.status_code"], user: line["user.id"], client: line["client.id"] };
}

describe("K04 the log line of the authorization server names", () => {
  beforeAll(oauth.seed, 60_000);

  const token = (form: Record<string, string>) =>
    named("/oauth/token", { method: "POST", body: new URLSearchParams(form) });

  it("the client and its account for client credentials", async () => {
    const form = { grant_type: "client_credentials", client_id: "robot", client_secret: oauth.SECRET };
    expect(await token(form)).toEqual({ status: 200, user: oauth.ROBOT, client: "robot" });
  });

  it("only the client if its secret is wrong, and nothing for an unknown client", async () => {
    const form = { grant_type: "client_credentials", client_secret: "wrong" };
    expect(await token({ ...form, client_id: "robot" })).toEqual({ status: 401, user: undefined, client: "robot" });
    expect(await token({ ...form, client_id: "nobody" })).toEqual({ status: 401, user: undefined, client: undefined });
  });

  it("the account of a valid refresh token", async () => {
    const server = oauth.startServer();
    const { refresh_token } = await oauth.signIn(server);
    const form = { grant_type: "refresh_token", client_id: "app", refresh_token };
    expect(await token(form)).toEqual({ status: 200, user: oauth.ADA, client: "app" });
    expect(await token({ ...form, refresh_token: "nonsense" })).toEqual({
      status: 400,
      user: undefined,
      client: "app",
    });
    expect(await token({ ...form, client_id: "other-app" })).toMatchObject({ status: 400, client: "other-app" });
  });

  it("the client of an introspection, and also the account of a revocation", async () => {
    const server = oauth.startServer();
    const code = oauth.codeIn(await oauth.authorize(server, { client_id: "web", scope: "openid offline_access" }));
    const redeemed = await server.post(
      "/oauth/token",
      oauth.redemption(code, { client_id: "web", client_secret: oauth.SECRET }),
    );
    const { access_token, refresh_token } = await redeemed.json<oauth.Tokens>();
    const send = (path: string, presented: string) =>
      named(path, {
        method: "POST",
        headers: oauth.basic("web"),
        body: new URLSearchParams({ token: presented }),
      });
    expect(await send("/oauth/introspect", access_token)).toEqual({ status: 200, user: undefined, client: "web" });
    expect(await send("/oauth/introspect", refresh_token)).toEqual({ status: 200, user: undefined, client: "web" });
    expect(await send("/oauth/revoke", access_token)).toEqual({ status: 200, user: oauth.ADA, client: "web" });
    expect(await send("/oauth/revoke", refresh_token)).toEqual({ status: 200, user: oauth.ADA, client: "web" });
  });

  it("the client that sends a browser or a device", async () => {
    const query = new URLSearchParams(oauth.authorizationOf());
    expect(await named(`/oauth/authorize?${query}`)).toEqual({ status: 303, user: undefined, client: "app" });
    const wrong = new URLSearchParams(oauth.authorizationOf({ redirect_uri: "http://evil.example/cb" }));
    expect(await named(`/oauth/authorize?${wrong}`)).toEqual({ status: 400, user: undefined, client: "app" });
    const body = new URLSearchParams({ client_id: "app", scope: "comments:read" });
    const device = await named("/oauth/device_authorization", { method: "POST", body });
    expect(device).toEqual({ status: 200, user: undefined, client: "app" });
  });
});

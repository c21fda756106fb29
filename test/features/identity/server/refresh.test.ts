/** Refresh tokens: rotation, the grace period, and the end of the family on reuse. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { isRevoked } from "#features/identity/revocations/memory.ts";
import {
  claimsOf,
  errorOf,
  refresh,
  revocable,
  SECRET,
  type Server,
  seed,
  serve,
  signIn,
  startServer,
  type Tokens,
} from "./support.ts";

beforeAll(seed, 60_000);

const DAY = 86_400_000;

async function refreshed(server: Server, token: string): Promise<Tokens> {
  const response = await refresh(server, token);
  expect(response.status).toBe(200);
  return response.json<Tokens>();
}

async function expectEnded(server: Server, token: string): Promise<void> {
  const response = await refresh(server, token);
  expect(response.status).toBe(400);
  expect(await errorOf(response)).toBe("invalid_grant");
}

async function liveTokens(grant: unknown): Promise<number> {
  const statement = env.DB.prepare(
    "SELECT count(*) AS n FROM oauth_artifacts WHERE model = 'RefreshToken' AND grant_id = ? AND consumed_at IS NULL",
  );
  return Number(await statement.bind(grant).first("n"));
}

describe("a refresh token", () => {
  it("J05 is replaced at each use, and the grant stays", async () => {
    const server = startServer();
    const first = await signIn(server);
    server.advance(60_000);
    const second = await refreshed(server, first.refresh_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.access_token).not.toBe(first.access_token);
    const [before, after] = [claimsOf(first.access_token), claimsOf(second.access_token)];
    expect(after["grant"]).toBe(before["grant"]);
    expect(after["auth_time"]).toBe(before["auth_time"]);
    expect(after["iat"]).toBe(Number(before["iat"]) + 60);
    server.advance(60_000);
    await refreshed(server, second.refresh_token);
  });

  it("J05 used again within 30 seconds returns the same successor and another access token", async () => {
    const server = startServer();
    const first = await signIn(server);
    const second = await refreshed(server, first.refresh_token);
    server.advance(29_999);
    const again = await refreshed(server, first.refresh_token);
    expect(again.refresh_token).toBe(second.refresh_token);
    expect(again.access_token).not.toBe(second.access_token);
    expect(await isRevoked(revocable(second.access_token), server.context())).toBe(false);
    const third = await refreshed(server, again.refresh_token);
    // The response contains the latest token, not the direct successor.
    expect((await refreshed(server, second.refresh_token)).refresh_token).toBe(third.refresh_token);
    expect(await liveTokens(claimsOf(first.access_token)["grant"])).toBe(1);
  });

  it("J05 used again within 30 seconds returns the latest token, also after two rotations", async () => {
    const server = startServer();
    const first = await signIn(server);
    const second = await refreshed(server, first.refresh_token);
    const third = await refreshed(server, second.refresh_token);
    expect((await refreshed(server, first.refresh_token)).refresh_token).toBe(third.refresh_token);
  });

  it("J05 used again after 30 seconds ends the family, including access tokens", async () => {
    const server = startServer();
    const first = await signIn(server);
    const second = await refreshed(server, first.refresh_token);
    server.advance(30_000);
    await expectEnded(server, first.refresh_token);
    await expectEnded(server, second.refresh_token);
    for (const { access_token } of [first, second]) {
      expect(await isRevoked(revocable(access_token), server.context())).toBe(true);
    }
  });

  it("J05 used again after its own expiry still ends the family", async () => {
    const server = startServer();
    const first = await signIn(server);
    server.advance(6 * DAY);
    const second = await refreshed(server, first.refresh_token);
    server.advance(4 * DAY);
    const third = await refreshed(server, second.refresh_token);
    await expectEnded(server, first.refresh_token);
    await expectEnded(server, third.refresh_token);
  });

  it("J05 of one device does not affect another device", async () => {
    const server = startServer();
    const [one, other] = [await signIn(server), await signIn(server)];
    await refreshed(server, one.refresh_token);
    server.advance(30_000);
    await expectEnded(server, one.refresh_token);
    await refreshed(server, other.refresh_token);
  });

  it("J05 used twenty times in parallel has one successor, which all responses contain", async () => {
    const server = startServer();
    const first = await signIn(server);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refreshed(server, first.refresh_token)));
    expect(new Set(answers.map(({ refresh_token }) => refresh_token)).size).toBe(1);
    expect(new Set(answers.map(({ access_token }) => access_token)).size).toBe(20);
    expect(await liveTokens(claimsOf(first.access_token)["grant"])).toBe(1);
    await refreshed(server, answers[0]?.refresh_token ?? "");
  });

  it("J05 of several generations used in parallel never forks the family", async () => {
    const server = startServer();
    let { refresh_token: token, access_token } = await signIn(server);
    for (let round = 0; round < 4; round += 1) {
      const next = await refreshed(server, token);
      await Promise.all([
        refresh(server, token),
        refresh(server, next.refresh_token),
        refresh(server, next.refresh_token),
      ]);
      expect(await liveTokens(claimsOf(access_token)["grant"])).toBe(1);
      ({ refresh_token: token, access_token } = await refreshed(server, next.refresh_token));
    }
  });

  it("J05 never extends the granted scopes", async () => {
    const server = startServer();
    const first = await signIn(server, { scope: "offline_access comments:read comments:write" });
    const narrowed = await refresh(server, first.refresh_token, { scope: "comments:read" });
    const tokens = await narrowed.json<Tokens>();
    expect(claimsOf(tokens.access_token)["scope"]).toBe("comments:read");
    const wider = await refresh(server, tokens.refresh_token, { scope: "comments:read users:read" });
    expect(wider.status).toBe(400);
    expect(await errorOf(wider)).toBe("invalid_scope");
    const whole = await refreshed(server, tokens.refresh_token);
    expect(claimsOf(whole.access_token)["scope"]).toBe("comments:read comments:write");
  });

  it("J05 is valid for its client only, and attempts of other clients end nothing", async () => {
    const server = startServer();
    const first = await signIn(server);
    for (const client of [{ client_id: "other-app" }, { client_id: "web", client_secret: SECRET }]) {
      expect(await errorOf(await refresh(server, first.refresh_token, client))).toBe("invalid_grant");
    }
    const second = await refreshed(server, first.refresh_token);
    expect((await refresh(server, first.refresh_token, { client_id: "other-app" })).status).toBe(400);
    server.advance(30_000);
    expect((await refresh(server, first.refresh_token, { client_id: "other-app" })).status).toBe(400);
    await refreshed(server, second.refresh_token);
  });

  it("J05 expires after a week without use", async () => {
    const server = startServer();
    const first = await signIn(server);
    server.advance(7 * DAY - 1000);
    const second = await refreshed(server, first.refresh_token);
    server.advance(7 * DAY);
    await expectEnded(server, second.refresh_token);
  });

  it("J05 expires 30 days after the consent, even if it is used", async () => {
    const server = startServer();
    let { refresh_token: token } = await signIn(server);
    for (let day = 0; day < 5; day += 1) {
      server.advance(6 * DAY - 1000);
      ({ refresh_token: token } = await refreshed(server, token));
    }
    server.advance(5000);
    await expectEnded(server, token);
  });

  it("is stored only as a hash", async () => {
    const server = startServer();
    const first = await signIn(server);
    const second = await refreshed(server, first.refresh_token);
    const { results } = await env.DB.prepare("SELECT * FROM oauth_artifacts").all();
    const stored = JSON.stringify(results);
    for (const secret of [first.refresh_token, second.refresh_token]) expect(stored).not.toContain(secret);
    expect(stored).toContain(String(claimsOf(first.access_token)["grant"]));
  });

  it("that is unknown, empty or repeated is refused", async () => {
    const server = startServer();
    await expectEnded(server, "unknown");
    expect(await errorOf(await refresh(server, ""))).toBe("invalid_request");
    const body = "grant_type=refresh_token&client_id=app&refresh_token=a&refresh_token=b";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const request = new Request("https://api.example.test/oauth/token", { method: "POST", headers, body });
    expect(await errorOf(await serve(request, server.context()))).toBe("invalid_request");
  });
});

/**
 * A revocation commits between any two database calls of issuing tokens. No issued token or grant survives it,
 * whichever of the two comes first.
 */

import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Role } from "#core/contract/principal.ts";
import { housekeep } from "#core/data/commit.ts";
import { openDatabase } from "#core/data/database.ts";
import { revokeAccountStatements } from "#features/identity/accounts/store.ts";
import { withdrawConsent } from "#features/identity/consents/store.ts";
import { rememberRevocations } from "#features/identity/revocations/memory.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { revocationStatements } from "#features/identity/revocations/store.ts";
import { approveDevice } from "#features/identity/server/devices.ts";
import { finishConsent, finishLogin } from "#features/identity/server/interactions.ts";
import { requestableScopes } from "#features/identity/server/scopes.ts";
import { scopes } from "../../../support/modules.ts";
import { interceptedDatabase } from "../../../support/platform-faults.ts";
import {
  ADA,
  accountVersion,
  authorizationOf,
  authorize,
  Browser,
  basic,
  claimsOf,
  codeIn,
  DEVICE_GRANT,
  locationOf,
  present,
  ROBOT,
  redemption,
  refresh,
  revocable,
  type Server,
  seed,
  serve,
  signIn,
  startServer,
  type Tokens,
  uidIn,
} from "./support.ts";

beforeAll(seed, 60_000);

const ORIGIN_FORM = { "Content-Type": "application/x-www-form-urlencoded" };

interface Revocation {
  readonly name: string;
  /** Whether grants survive, and only the tokens issued so far end. */
  readonly keepsGrants: boolean;
  run(server: Server): Promise<void>;
}

const commitAll = async (statements: Parameters<typeof housekeep>[1]) => {
  await housekeep(openDatabase(env.DB), statements);
};

const logOutEverywhere: Revocation = {
  name: "sign out everywhere",
  keepsGrants: false,
  run: (server) => commitAll(revokeAccountStatements(openDatabase(env.DB), ADA, server.now())),
};
const revocations: readonly Revocation[] = [
  logOutEverywhere,
  {
    name: "a demotion",
    keepsGrants: true,
    async run(server) {
      await env.DB.prepare("UPDATE users SET role = 'customer' WHERE id = ?").bind(ADA).run();
      for (const statement of revocationStatements(openDatabase(env.DB), [revocationOf("account", ADA, server.now())]))
        await commitAll([statement]);
    },
  },
  {
    name: "a withdrawn consent",
    keepsGrants: false,
    async run(server) {
      const database = openDatabase(env.DB);
      await withdrawConsent({ database, now: server.now() }, { accountId: ADA, clientId: "app" });
    },
  },
  {
    name: "a narrowed client",
    keepsGrants: true,
    async run(server) {
      await env.DB.prepare("UPDATE oauth_clients SET scopes = ? WHERE client_id = 'app'")
        .bind(JSON.stringify(["openid", "offline_access", "comments:read"]))
        .run();
      for (const statement of revocationStatements(openDatabase(env.DB), [revocationOf("client", "app", server.now())]))
        await commitAll([statement]);
    },
  },
];

async function giveRole(role: Role): Promise<void> {
  await env.DB.prepare("UPDATE users SET role = ? WHERE id = ?").bind(role, ADA).run();
}

const SCOPES = ["openid", "offline_access", "comments:read", "comments:write", "posts:write"];
const WANTED = { scope: SCOPES.join(" ") };

beforeEach(async () => {
  await giveRole("staff");
  await env.DB.prepare("UPDATE oauth_clients SET scopes = ? WHERE client_id = 'app'")
    .bind(JSON.stringify(SCOPES))
    .run();
});

/** A server whose database runs `between` before its call number `at`. */
function interrupted(server: Server, at: number, between: () => Promise<void>) {
  let calls = 0;
  const database = openDatabase(
    interceptedDatabase(async (work) => {
      calls += 1;
      if (calls === at) await between();
      return work();
    }),
  );
  return { context: () => ({ ...server.context(), database }), calls: () => calls };
}

async function tokenRequest(server: Server, form: Record<string, string>, headers: Record<string, string> = {}) {
  return new Request(`${server.context().origin}/oauth/token`, {
    method: "POST",
    headers: { ...ORIGIN_FORM, ...headers },
    body: new URLSearchParams(form),
  });
}

/** The token requests, prepared before the race. */
const tokenForms: Readonly<Record<string, (server: Server) => Promise<Record<string, string>>>> = {
  "a code": async (server) => redemption(codeIn(await authorize(server, WANTED))),
  "a refresh token": async (server) => {
    const { refresh_token } = await signIn(server, WANTED);
    return { grant_type: "refresh_token", client_id: "app", refresh_token };
  },
  "a refresh token that was used a moment ago": async (server) => {
    const { refresh_token } = await signIn(server, WANTED);
    expect((await refresh(server, refresh_token)).status).toBe(200);
    return { grant_type: "refresh_token", client_id: "app", refresh_token };
  },
  "a device code": async (server) => {
    const codes = await (await server.post("/oauth/device_authorization", { client_id: "app", ...WANTED })).json<{
      device_code: string;
      user_code: string;
    }>();
    const decider = { accountId: ADA, accountVersion: await accountVersion(ADA) };
    const login = { ...decider, shown: requestableScopes(scopes), methods: ["pwd"], authenticatedAt: server.now() };
    expect(await approveDevice(server.context(), codes.user_code, login)).toBe(true);
    return { grant_type: DEVICE_GRANT, client_id: "app", device_code: codes.device_code };
  },
};

async function artifactsOf(grantId: string): Promise<number> {
  const counted = env.DB.prepare("SELECT count(*) AS n FROM oauth_artifacts WHERE grant_id = ?").bind(grantId);
  return present((await counted.first<number>("n")) ?? undefined);
}

/** Expects that the revocation took effect on the tokens and their grant. */
async function expectEnded(server: Server, tokens: Tokens, { keepsGrants }: Revocation): Promise<void> {
  const isRevoked = await rememberRevocations().isRevoked(revocable(tokens.access_token), server.context());
  const claims = claimsOf(tokens.access_token);
  if (!keepsGrants) expect(await artifactsOf(String(claims["grant"]))).toBe(0);
  if (!isRevoked) {
    expect(keepsGrants, "a token that is not revoked").toBe(true);
    // Then the token was issued after the change.
    expect(String(claims["scope"])).not.toMatch(/posts:write/);
    expect(claims["account_version"]).toBe(await accountVersion(ADA));
  }
  const next = await refresh(server, tokens.refresh_token);
  expect(next.status).toBe(keepsGrants ? 200 : 400);
  if (next.status !== 200) return;
  const fresh = (await next.json<Tokens>()).access_token;
  expect(claimsOf(fresh)["scope"]).not.toMatch(/posts:write/);
  expect(await rememberRevocations().isRevoked(revocable(fresh), server.context())).toBe(false);
}

describe.each(revocations)("$name", (revocation) => {
  it.each(Object.entries(tokenForms))(
    "takes effect between any two database calls of a request with %s",
    async (_, prepare) => {
      let issued = 0;
      for (let at = 1; ; at += 1) {
        await giveRole("staff");
        await env.DB.prepare("UPDATE oauth_clients SET scopes = ? WHERE client_id = 'app'")
          .bind(JSON.stringify(SCOPES))
          .run();
        const server = startServer();
        const form = await prepare(server);
        const { context, calls } = interrupted(server, at, () => revocation.run(server));
        const response = await serve(await tokenRequest(server, form), context());
        if (calls() < at) {
          // The request had fewer calls. The revocation comes after it.
          await revocation.run(server);
          expect(response.status).toBe(200);
          await expectEnded(server, await response.json<Tokens>(), revocation);
          break;
        }
        expect([200, 400], `before call ${at}`).toContain(response.status);
        if (response.status === 200) {
          issued += 1;
          await expectEnded(server, await response.json<Tokens>(), revocation);
        }
        // If the grant survives, the client never gets an error.
        if (revocation.keepsGrants && "refresh_token" in form) expect(response.status).toBe(200);
      }
      if (revocation.keepsGrants) expect(issued).toBeGreaterThan(0);
    },
  );
});

it("a refresh during a demotion returns a token that is not revoked", async () => {
  for (let at = 1; ; at += 1) {
    await giveRole("staff");
    const server = startServer();
    const { refresh_token } = await signIn(server, WANTED);
    const demotion = present(revocations.find(({ name }) => name === "a demotion"));
    const { context, calls } = interrupted(server, at, () => demotion.run(server));
    const form = { grant_type: "refresh_token", client_id: "app", refresh_token };
    const { access_token } = await (await serve(await tokenRequest(server, form), context())).json<Tokens>();
    if (calls() < at) break;
    const isRevoked = await rememberRevocations().isRevoked(revocable(access_token), server.context());
    expect(isRevoked, `before call ${at}`).toBe(false);
  }
});

describe("sign out everywhere during the approval of a device", () => {
  it("leaves no usable grant", async () => {
    for (let at = 1; ; at += 1) {
      const server = startServer();
      const asked = await server.post("/oauth/device_authorization", { client_id: "app", ...WANTED });
      const codes = await asked.json<{ device_code: string; user_code: string }>();
      const decider = { accountId: ADA, accountVersion: await accountVersion(ADA) };
      const login = { ...decider, shown: requestableScopes(scopes), methods: ["pwd"], authenticatedAt: server.now() };
      const { context, calls } = interrupted(server, at, () => logOutEverywhere.run(server));
      await approveDevice(context(), codes.user_code, login);
      if (calls() < at) await logOutEverywhere.run(server);
      const form = { grant_type: DEVICE_GRANT, client_id: "app", device_code: codes.device_code };
      expect((await server.post("/oauth/token", form)).status, `before call ${at}`).toBe(400);
      if (calls() < at) break;
    }
  });
});

describe("sign out everywhere during consent", () => {
  it("leaves no grant", async () => {
    for (let at = 1; ; at += 1) {
      const server = startServer();
      const browser = new Browser(server);
      const query = new URLSearchParams(authorizationOf(WANTED)).toString();
      const uid = present(uidIn(await browser.open(`/oauth/authorize?${query}`)));
      const [hash, signIn] = [await browser.hash(), await browser.signIn(ADA)];
      const step = await browser.open(present(await finishLogin(server.context(), uid, hash, signIn)));
      const consent = present(uidIn(step));
      const { context, calls } = interrupted(server, at, () => logOutEverywhere.run(server));
      const next = await finishConsent(context(), consent, hash, signIn);
      if (calls() < at) await logOutEverywhere.run(server);
      const grants = await env.DB.prepare("SELECT count(*) AS n FROM oauth_artifacts WHERE account_id = ?")
        .bind(ADA)
        .first<number>("n");
      expect(grants, `before call ${at}`).toBe(0);
      if (next !== undefined) {
        const end = await browser.open(next).then(
          (response) => locationOf(response).searchParams.get("code"),
          () => null,
        );
        expect(end).toBeNull();
      }
      if (calls() < at) break;
    }
  });
});

describe("a token of client credentials", () => {
  it("is revoked exactly if it was issued before its client was revoked", async () => {
    for (let at = 1; ; at += 1) {
      const server = startServer();
      const revoke = async () => {
        for (const statement of revocationStatements(openDatabase(env.DB), [
          revocationOf("client", "robot", server.now()),
        ]))
          await commitAll([statement]);
      };
      const { context, calls } = interrupted(server, at, revoke);
      const response = await serve(
        await tokenRequest(server, { grant_type: "client_credentials" }, basic("robot")),
        context(),
      );
      const { access_token } = await response.json<Tokens>();
      if (calls() < at) await revoke();
      const claims = claimsOf(access_token);
      expect(claims).toMatchObject({ account: ROBOT, client_version: expect.any(Number) });
      const version = await env.DB.prepare(
        "SELECT credential_version AS v FROM oauth_clients WHERE client_id = 'robot'",
      );
      const isCurrent = claims["client_version"] === (await version.first<number>("v"));
      expect(await rememberRevocations().isRevoked(revocable(access_token), server.context())).toBe(!isCurrent);
      if (calls() < at) break;
    }
  });
});

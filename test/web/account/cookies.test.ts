/**
 * Every cookie of every flow has the `__Host-` prefix, so no other host of the domain can set it (RFC 6265bis section
 * 4.1.3.2).
 */
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { ORIGIN, type Service, startService } from "../../support/service.ts";
import { newPerson, PASSWORD, type Shown, type Visitor, visit } from "./visitor.ts";

const seen: string[] = [];
const watched = watch(startService({ dependencies: { now: () => Date.now() } }));
const REDIRECT = "https://notes.example/callback";
const AUTHORIZATION = new URLSearchParams({
  response_type: "code",
  client_id: "notes",
  redirect_uri: REDIRECT,
  code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  code_challenge_method: "S256",
});

/** The same service, which also records all cookies. */
function watch(service: Service): Service {
  return {
    ...service,
    async fetch(path, init) {
      const response = await service.fetch(path, init);
      seen.push(...response.headers.getSetCookie());
      return response;
    },
  };
}

beforeAll(async () => {
  await env.DB.prepare(
    `INSERT INTO oauth_clients (id, client_id, name, type, redirect_uris, post_logout_redirect_uris, grant_types, scopes, created_at, updated_at)
     VALUES ('client_01hk153x00f11trzsef1g2m40f', 'notes', 'Notes', 'public', '["${REDIRECT}"]', '["${REDIRECT}"]',
       '["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"]', '["openid","users:read"]', 1, 1)`,
  ).run();
}, 60_000);

async function settle(visitor: Visitor, shown: Shown): Promise<Shown> {
  let current = shown;
  while (current.status === 303 && !(current.location ?? "").startsWith(REDIRECT)) {
    current = await visitor.open((current.location ?? "").replace(ORIGIN, ""));
  }
  return current;
}

const actionOf = ({ elements }: Shown) => elements.find(({ name }) => name === "form")?.attributes.get("action") ?? "";

it("sets only __Host- cookies that are Secure, HttpOnly and SameSite=Lax", async () => {
  const person = await newPerson(watched, "grace@example.com");
  await person.open("/reset");
  await person.send("/reset", { email: "grace@example.com" });
  await person.open("/account/password");
  const stranger = visit(watched);
  const step = await settle(stranger, await stranger.open(`/oauth/authorize?${AUTHORIZATION}`));
  const consent = await settle(
    stranger,
    await stranger.send(actionOf(step), { email: "grace@example.com", password: PASSWORD }),
  );
  const again = await settle(stranger, await stranger.send(actionOf(consent), { decision: "switch" }));
  const last = await settle(
    stranger,
    await stranger.send(actionOf(again), { email: "grace@example.com", password: PASSWORD }),
  );
  const back = await settle(stranger, await stranger.send(actionOf(last), { decision: "allow" }));
  expect(back.location).toMatch(/[?&]code=/);
  await visit(watched).send("/oauth/authorize", Object.fromEntries(AUTHORIZATION), {});
  await visit(watched).open("/oauth/authorize/unknown");
  await visit(watched).open("/oauth/interaction/unknown");
  await watched.fetch(`/oauth/interaction/unknown/passkey`, { method: "POST", body: "{}" });
  await visit(watched).open("/oauth/device?user_code=BCDF-GHJK");
  await visit(watched).open(`/oauth/logout?client_id=notes&post_logout_redirect_uri=${encodeURIComponent(REDIRECT)}`);
  await visit(watched).open("/logout");
  await stranger.open("/account");
  await stranger.send("/account/sign-out-everywhere", {});
  await watched.fetch("/oauth/token", { method: "POST", body: new URLSearchParams({ grant_type: "x" }) });
  const names = new Set(seen.map((line) => line.slice(0, line.indexOf("="))));
  expect([...names].sort()).toEqual(["__Host-sluice_browser", "__Host-sluice_sign_in"]);
  for (const line of seen) {
    const attributes = line.split("; ").slice(1);
    expect(attributes).toEqual(expect.arrayContaining(["Path=/", "HttpOnly", "SameSite=Lax", "Secure"]));
    expect(line).not.toMatch(/domain=/i);
  }
});

/** The additional cost of the caller: credentials of each kind, how they are issued, and limits that count. */
import { createAuthenticator } from "#features/identity/authenticate.ts";
import { createLimiter } from "#features/limits/limiter.ts";
import { findObject } from "#features/limits/object/find-object.ts";
import { bob, principalOf } from "../features/accounts/people.ts";
import { makeKey } from "../features/credentials/api-keys/keys.ts";
import { makeClient, SERVICE } from "../features/credentials/oauth-clients/clients.ts";
import { BLOG } from "../support/blog/service.ts";
import { dpop, makeProof, makeProofKey } from "../support/dpop.ts";
import { bearer } from "../support/issuer.ts";
import { from, principalNamed } from "../support/limited.ts";
import { ownToken } from "../support/own-tokens.ts";
import { ORIGIN, type Service } from "../support/service.ts";
import { FROM_PAGE, newPerson, PASSWORD, visit } from "../web/account/visitor.ts";
import type { Caller } from "./budgets.ts";
import { type Ask, asking, type Scenario, type Stage, UNMAILED } from "./stage.ts";

/** Has no cost of its own. */
const PATH = "/.well-known/api-catalog";

/** Takes four tokens of the address's bucket, and is refused early. */
const COSTLY = "/v1/comments?include=user,post";

async function startAuthenticating({ start }: Stage): Promise<Service> {
  return start({
    dependencies: { authenticate: createAuthenticator(async () => new Response(null, { status: 500 })) },
  });
}

/** A token of this service, used again after a pause in the same isolate. */
function tokenAfter(milliseconds: number): Scenario {
  return async (stage) => {
    const service = await startAuthenticating(stage);
    const init = { headers: bearer(await ownToken(principalOf(bob))) };
    await service.fetch(PATH, init);
    service.advance(milliseconds);
    return asking(service, PATH, init);
  };
}

async function sendingKey(stage: Stage, change: (secret: string) => string, uses: number, status: number) {
  const { key } = await makeKey(stage.customer);
  const service = await startAuthenticating(stage);
  const init = { headers: bearer(change(key.secret)) };
  for (let count = 0; count < uses; count += 1) await service.fetch(PATH, init);
  return asking(service, PATH, init, status);
}

function misspelt(secret: string): string {
  return `${secret.slice(0, -1)}${secret.endsWith("a") ? "b" : "a"}`;
}

async function loggingIn({ start }: Stage, email: string, password: string, status: number): Promise<Ask> {
  const service = await start({ bindings: UNMAILED });
  await newPerson(service, email);
  const visitor = visit(service);
  await visitor.open("/login");
  const headers = { ...FROM_PAGE, "CF-Connecting-IP": "192.0.2.77" };
  return { service, status, send: () => visitor.send("/login", { email, password }, headers) };
}

async function fetchingToken({ admin, start }: Stage): Promise<Ask> {
  const { client } = await makeClient(admin, SERVICE);
  const service = await start();
  const init = {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  };
  await service.fetch("/oauth/token", init);
  return asking(service, "/oauth/token", init);
}

/** The number of accounts that the limits have counted. */
let others = 0;

interface Rhythm {
  /** The number of equal requests before the measured one. */
  readonly before: number;
  readonly pauseMs: number;
}

/** Limits that count in their Durable Objects. */
function counted(
  address: string,
  isKnown: boolean,
  { before, pauseMs }: Rhythm,
  { path = PATH, status = 200 } = {},
): Scenario {
  return async ({ startCold }) => {
    others += 1;
    const service = startCold({
      ...BLOG,
      ...(isKnown ? { as: principalNamed(`budget${others}`) } : {}),
      limiter: (now) => createLimiter(now, findObject),
    });
    await service.fetch(PATH, from("203.0.113.250"));
    const init = from(address, isKnown ? bearer("test") : {});
    for (let count = 0; count < before; count += 1) {
      await service.fetch(path, init);
      service.advance(pauseMs);
    }
    return asking(service, path, init, status);
  };
}

const NEW: Rhythm = { before: 0, pauseMs: 0 };
const QUIET: Rhythm = { before: 4, pauseMs: 1000 };
const BUSY: Rhythm = { before: 22, pauseMs: 20 };
/** More requests than the limit of an address admits, however slow the machine is. */
const FLOODING: Rhythm = { before: 30, pauseMs: 0 };

export const callers: Readonly<Record<Caller, Scenario>> = {
  "an access token of this service": tokenAfter(0),
  "the first token in 5 seconds": tokenAfter(6000),
  "the first token in a minute": tokenAfter(61_000),
  "a DPoP proof": async (stage) => {
    const key = await makeProofKey();
    const token = await ownToken(principalOf(bob), { cnf: { jkt: key.jkt } });
    const service = await startAuthenticating(stage);
    const proof = () => makeProof(key, token, { claims: { htu: ORIGIN + PATH } });
    await service.fetch(PATH, { headers: dpop(token, await proof()) });
    return asking(service, PATH, { headers: dpop(token, await proof()) });
  },
  "an API key": (stage) => sendingKey(stage, (secret) => secret, 1, 200),
  "an API key, first request of the day": (stage) => sendingKey(stage, (secret) => secret, 0, 200),
  "a mistyped API key, 401": (stage) => sendingKey(stage, misspelt, 0, 401),
  "a login by password": (stage) => loggingIn(stage, "log.in@example.com", PASSWORD, 303),
  "a wrong password, 422": (stage) => loggingIn(stage, "mistaken@example.com", "not the password", 422),
  "a token by client credentials": fetchingToken,
  "the isolate's first request in a minute": async ({ startCold }) => asking(startCold(), PATH),
  "the limits, new address": counted("192.0.2.1", false, NEW),
  "the limits, new IPv6 address": counted("2001:db8:1::1", false, NEW),
  "the limits, address once a second": counted("192.0.2.2", false, QUIET),
  "the limits, address 50 times a second": counted("192.0.2.3", false, BUSY),
  "the limits, new account": counted("192.0.2.4", true, NEW),
  "the limits, account once a second": counted("192.0.2.5", true, QUIET),
  "the limits, account 50 times a second": counted("192.0.2.6", true, BUSY),
  "beyond the limits, 429": counted("192.0.2.7", false, FLOODING, { path: COSTLY, status: 429 }),
  "reading the limits of an account": counted("192.0.2.8", true, QUIET, { path: "/v1/rate-limit" }),
};

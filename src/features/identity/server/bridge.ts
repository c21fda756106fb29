/**
 * Hands a request to oidc-provider, which is written for Node's servers, and its answer back. Of the request only what
 * the protocol reads is handed on: who asked for which host over which scheme is ours to say, never the client's.
 * Loaded with the first request that the library has to answer, and the library with it.
 */

import { handleAsNodeRequest } from "cloudflare:node";
import { createServer } from "node:http";
import type { Surroundings } from "#core/contract/doors.ts";
import { problem } from "#core/http/problem.ts";
import { usableKeys } from "../keys/keys.ts";
import {
  type AuthorizationRefusal,
  beginExchange,
  currentExchange,
  type Exchange,
  withinExchange,
} from "./exchange.ts";
import { type Incoming, receive, splitRegistration, toRequest, withForm, writtenOut } from "./incoming.ts";
import { PATHS } from "./paths.ts";
import { providerFor } from "./provider.ts";
import { resolveRefreshToken } from "./refresh.ts";

/** Tells a person of a request for authorization that cannot be sent back to the client. */
export type ShowRefusal = (refusal: AuthorizationRefusal, surroundings: Surroundings) => Promise<Response>;

/** Within the isolate alone: nothing listens on the network. */
const PORT = 8788;

const RESPONSE_HEADERS = ["cache-control", "content-type", "dpop-nonce", "location", "www-authenticate"];
/** The library's own sessions are not kept, so neither is their cookie. */
const COOKIES = /^sluice_(interaction|resume)(\.sig)?=/;

/** Whoever is overtaken finds the successor at the second look. */
const ATTEMPTS = 2;

createServer((request, response) => void currentExchange().handle(request, response)).listen(PORT);

/** @throws service-unavailable, and whatever `showRefusal` throws */
export async function serveByProvider(
  request: Request,
  surroundings: Surroundings,
  showRefusal: ShowRefusal,
): Promise<Response> {
  const { origin, settings } = surroundings;
  const [received, { current }] = await Promise.all([receive(request), usableKeys(surroundings)]);
  const provider = await providerFor({ origin, key: current, settings });
  const exchange = beginExchange(surroundings, provider.callback());
  const response = await answer(writtenOut(received), exchange);
  if (exchange.fault !== undefined) throw exchange.fault;
  return exchange.refusal === undefined ? response : showRefusal(exchange.refusal, surroundings);
}

async function answer(incoming: Incoming, exchange: Exchange): Promise<Response> {
  if (incoming.path === PATHS.register) return register(incoming, exchange);
  const presented = refreshTokenIn(incoming);
  if (presented === undefined) return send(incoming, exchange);
  const { database, now } = exchange.surroundings;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    exchange.isOvertaken = false;
    exchange.refresh = await resolveRefreshToken(database, presented, now);
    const response = await send(withRefreshToken(incoming, exchange.refresh.token), exchange);
    if (!exchange.isOvertaken) return response;
  }
  throw problem("service-unavailable", { headers: { "Retry-After": "1" } });
}

/** Undefined where there is none, or none to be understood. */
function refreshTokenIn({ path, form }: Incoming): string | undefined {
  if (path !== PATHS.token || form?.get("grant_type") !== "refresh_token") return undefined;
  const [token, ...others] = form.getAll("refresh_token");
  return others.length === 0 ? token : undefined;
}

function withRefreshToken(incoming: Incoming, token: string): Incoming {
  const form = new URLSearchParams(incoming.form);
  form.set("refresh_token", token);
  return withForm(incoming, form);
}

/** The scopes of the API are unknown to the library, so they are put back into its answer. */
async function register(received: Incoming, exchange: Exchange): Promise<Response> {
  const { incoming, scope } = splitRegistration(received);
  exchange.registeredScope = scope;
  const response = await send(incoming, exchange);
  if (response.status !== 201 || exchange.registered === undefined) return response;
  const metadata = { ...(await response.json<object>()), scope: exchange.registered.join(" ") };
  return new Response(JSON.stringify(metadata), response);
}

async function send(incoming: Incoming, exchange: Exchange): Promise<Response> {
  const { origin } = exchange.surroundings;
  const sent = toRequest(incoming, origin);
  const given = await withinExchange(exchange, () => handleAsNodeRequest(PORT, sent));
  const headers = new Headers();
  for (const name of RESPONSE_HEADERS) {
    const value = given.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  for (const cookie of given.headers.getSetCookie()) {
    if (COOKIES.test(cookie)) headers.append("set-cookie", cookie);
  }
  // RFC 9110 section 15.5.2: a 401 says how to do better, also to a client that sent its secret in the form.
  if (given.status === 401 && !headers.has("www-authenticate")) {
    headers.set("www-authenticate", `Basic realm="${origin}", error="invalid_client"`);
  }
  const hasNoContent = given.status === 204 || given.status === 303;
  return new Response(hasNoContent ? null : await given.text(), { status: given.status, headers });
}

/**
 * Passes a request to oidc-provider, which is written for Node's servers, and returns its response. Only headers that
 * the protocol reads are passed on; the client's address, host and scheme come from the service, never from the
 * request. Loaded, like the library, with the first request that needs it.
 */

import { handleAsNodeRequest } from "cloudflare:node";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { MAX_LOCATION_CHARACTERS } from "#core/http/location.ts";
import { problem } from "#core/http/problem.ts";
import { usableKeys } from "../keys/keys.ts";
import { cookiesOf } from "../sign-ins/cookies.ts";
import { lacksAuthentication } from "./client-errors.ts";
import { beginExchange, currentExchange, type Exchange, withinExchange } from "./exchange.ts";
import { type Incoming, receive, toRequest, withForm, writtenOut } from "./incoming.ts";
import { PATHS, RESUME_COOKIE } from "./paths.ts";
import { providerFor } from "./provider.ts";
import { resolveRefreshToken } from "./refresh.ts";
import type { ShowRefusal } from "./refusals.ts";
import { identifyBrowser, resumedInteraction } from "./resuming.ts";

const RESPONSE_HEADERS = ["cache-control", "content-type", "dpop-nonce", "location", "www-authenticate"];
const RESUME_PREFIX = `${PATHS.authorize}/`;

/** The second attempt of a request that lost a race finds the result of the winner. */
const ATTEMPTS = 2;

/** The platform chooses a port of the isolate; no server listens on the network. */
const server = createServer((request, response) => void currentExchange().handle(request, response)).listen(0);
const { port } = server.address() as AddressInfo; // not a path, because it listens on a port

/** @throws service-unavailable, and every error of `showRefusal` */
export async function serveByProvider(
  request: Request,
  context: RequestContext,
  showRefusal: ShowRefusal,
): Promise<Response> {
  const { origin, settings } = context;
  const [received, { current }] = await Promise.all([receive(request), usableKeys(context)]);
  const provider = await providerFor({ origin, key: current, settings });
  const exchange = beginExchange(context, provider.callback());
  const response = await answer(writtenOut(received, context.scopes), exchange, request);
  if (exchange.fault !== undefined) throw exchange.fault;
  return exchange.refusal === undefined ? response : showRefusal(exchange.refusal, context);
}

async function answer(incoming: Incoming, exchange: Exchange, request: Request): Promise<Response> {
  if (incoming.path === PATHS.authorize) return begin(incoming, exchange, request);
  if (incoming.path.startsWith(RESUME_PREFIX)) return resume(incoming, exchange, request);
  if (lacksAuthentication(incoming)) return refuseClient(exchange);
  const presented = refreshTokenIn(incoming);
  if (presented === undefined) return send(incoming, exchange);
  const { database, now } = exchange.context;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    exchange.isOvertaken = false;
    exchange.accountVersion = undefined;
    exchange.refresh = await resolveRefreshToken(database, presented, now);
    const response = await send(withRefreshToken(incoming, exchange.refresh.token), exchange);
    if (!exchange.isOvertaken) return response;
  }
  throw problem("service-unavailable", { headers: { "Retry-After": "1" } });
}

/** Undefined if there is none, or it cannot be parsed. */
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

/** Serves a request for authorization, and binds its interaction to this browser. */
async function begin(incoming: Incoming, exchange: Exchange, request: Request): Promise<Response> {
  const { context } = exchange;
  const { hash, cookie } = await identifyBrowser({ ...context, ...cookiesOf(request) });
  // Browsers send no cookie with another site's form, but they do send it when they follow a redirect.
  if (cookie !== undefined && isForeignForm(request, context.origin)) return leadOn(incoming, exchange);
  exchange.browser = hash;
  const response = await send(incoming, exchange);
  if (cookie !== undefined) response.headers.append("set-cookie", cookie);
  return response;
}

function isForeignForm({ method, headers }: Request, origin: string): boolean {
  return method === "POST" && (headers.get("origin") ?? origin) !== origin;
}

/** Redirects to the same request by GET. */
function leadOn({ path, query }: Incoming, exchange: Exchange): Response {
  const { origin } = exchange.context;
  const location = `${origin}${path}?${query}`;
  if (location.length <= MAX_LOCATION_CHARACTERS) return new Response(null, { status: 303, headers: { location } });
  exchange.refusal = { error: "invalid_request", description: "the request is too long" };
  return new Response(null, { status: 400 });
}

/** Continues the authorization when the browser returns from a step of its interaction. */
async function resume(incoming: Incoming, exchange: Exchange, request: Request): Promise<Response> {
  const uid = incoming.path.slice(RESUME_PREFIX.length);
  const call = { ...exchange.context, ...cookiesOf(request) };
  exchange.resumed = await resumedInteraction(call, uid);
  if (exchange.resumed === undefined) {
    const description = "the authorization has ended, or was started in another browser or by another sign-in";
    exchange.refusal = { error: "invalid_request", description };
    return new Response(null, { status: 400 });
  }
  exchange.browser = (await identifyBrowser(call)).hash;
  const headers = new Headers(incoming.headers);
  headers.set("cookie", `${RESUME_COOKIE}=${uid}`);
  return send({ ...incoming, headers }, exchange);
}

/** RFC 6749 section 5.2: `invalid_client` also covers a request without client authentication. */
function refuseClient({ context }: Exchange): Response {
  context.log["oauth.error"] = "invalid_client";
  const body = { error: "invalid_client", error_description: "the request has no supported client authentication" };
  return Response.json(body, {
    status: 401,
    headers: { "cache-control": "no-store", "www-authenticate": basicChallenge(context.origin) },
  });
}

function basicChallenge(origin: string): string {
  return `Basic realm="${origin}", error="invalid_client"`;
}

async function send(incoming: Incoming, exchange: Exchange): Promise<Response> {
  const { origin } = exchange.context;
  const sent = toRequest(incoming, origin);
  const given = await withinExchange(exchange, () => handleAsNodeRequest(port, sent));
  const headers = new Headers();
  for (const name of RESPONSE_HEADERS) {
    const value = given.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  // RFC 9110 section 15.5.2: a 401 names a scheme, even for a client that sent its secret in the form.
  if (given.status === 401 && !headers.has("www-authenticate")) {
    headers.set("www-authenticate", basicChallenge(origin));
  }
  const hasNoContent = given.status === 204 || given.status === 303;
  const content = hasNoContent ? "" : await given.text();
  // The library keeps the content type of an error that it replaced by an empty response.
  if (content === "") headers.delete("content-type");
  return new Response(content === "" ? null : content, { status: given.status, headers });
}

/**
 * Prepares a request for the authorization server: it keeps only the headers that the protocol reads, and makes the
 * client's implicit parameters explicit. Malformed parts stay unchanged, so the server refuses them.
 */
import type { Scopes } from "#core/contract/scopes.ts";
import { problem } from "#core/http/problem.ts";
import { PATHS } from "./paths.ts";
import { askedScope, namesIn } from "./scopes.ts";

export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly content: Uint8Array | undefined;
  /** The body, if it is a form. */
  readonly form: URLSearchParams | undefined;
}

const FORM = "application/x-www-form-urlencoded";
/** Cookies are not included: bridge.ts identifies the browser. */
const FORWARDED = ["authorization", "content-type", "dpop"];

/** One more than the value's maximum, for the separator that `URLSearchParams` writes before it. */
const MAX_STATE_BYTES = 2001;

/** An earlier stage limits the size of the body. @throws uri-too-long for a `state` that is too long for a redirect */
export async function receive(request: Request): Promise<Incoming> {
  const url = new URL(request.url);
  const headers = new Headers();
  for (const name of FORWARDED) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const content = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
  const isForm = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() === FORM;
  const form = content !== undefined && isForm ? new URLSearchParams(new TextDecoder().decode(content)) : undefined;
  boundState(url.searchParams);
  if (form !== undefined) boundState(form);
  return { method: request.method, path: url.pathname, query: url.searchParams, headers, content, form };
}

/** The redirect to the client repeats `state` in a header whose size is limited. @throws uri-too-long */
function boundState(parameters: URLSearchParams): void {
  const bytes = new URLSearchParams(parameters.getAll("state").map((state) => ["", state])).toString().length;
  if (bytes <= MAX_STATE_BYTES) return;
  throw problem("uri-too-long", { detail: "`state` may have at most 2,000 bytes in its percent-encoded form." });
}

/** The same request with its implicit parameters made explicit. */
export function writtenOut(incoming: Incoming, scopes: Scopes): Incoming {
  const { path, query, form } = incoming;
  switch (path) {
    case PATHS.authorize:
      // Because of its cookies the library accepts no POST here. To this service both methods are the same.
      return { ...incoming, method: "GET", query: asked(form ?? query, scopes), content: undefined, form: undefined };
    case PATHS.par:
      return form === undefined ? incoming : withForm(incoming, asked(form, scopes));
    case PATHS.deviceAuthorization:
      return form === undefined ? incoming : withForm(incoming, withScope(form, scopes));
    case PATHS.token:
      return form?.get("grant_type") === "client_credentials" ? withForm(incoming, withScope(form, scopes)) : incoming;
    default:
      return incoming;
  }
}

export function withForm(incoming: Incoming, form: URLSearchParams): Incoming {
  return { ...incoming, form, content: new TextEncoder().encode(form.toString()) };
}

/** A request for authorization that was not pushed. */
function asked(given: URLSearchParams, scopes: Scopes): URLSearchParams {
  if (given.has("request_uri")) return given;
  const parameters = withScope(given, scopes);
  const prompts = namesIn(parameters.get("prompt"));
  const isOffline = namesIn(parameters.get("scope")).includes("offline_access");
  // OpenID Connect Core section 11 requires `prompt=consent` for offline access; this service always asks for consent.
  if (isOffline && !prompts.includes("none") && isSingle(parameters, "prompt")) {
    parameters.set("prompt", [...new Set([...prompts, "consent"])].join(" "));
  }
  // The library reports an unknown mode by redirect. A mode that needs scripts would end on a page that does nothing.
  const mode = parameters.get("response_mode");
  if (mode !== null && mode !== "query" && isSingle(parameters, "response_mode")) {
    parameters.set("response_mode", "unsupported");
  }
  return parameters;
}

function withScope(given: URLSearchParams, scopes: Scopes): URLSearchParams {
  const parameters = new URLSearchParams(given);
  if (isSingle(given, "scope")) parameters.set("scope", askedScope(given.get("scope"), scopes));
  return parameters;
}

/** Repeated parameters are an error, which must not be hidden (RFC 6749 section 3.1). */
function isSingle(parameters: URLSearchParams, name: string): boolean {
  return parameters.getAll(name).length <= 1;
}

/** The request in the form that Node's server receives. `origin` is the service's origin. */
export function toRequest({ method, path, query, headers, content }: Incoming, origin: string): Request {
  const { protocol, host } = new URL(origin);
  const sent = new Headers(headers);
  sent.set("accept", "application/json");
  sent.set("host", host);
  sent.set("x-forwarded-host", host);
  sent.set("x-forwarded-proto", protocol.slice(0, -1));
  if (content === undefined) sent.delete("content-type");
  else sent.set("content-length", String(content.byteLength));
  const search = query.toString();
  const url = `${origin}${path}${search === "" ? "" : `?${search}`}`;
  return new Request(url, { method, headers: sent, ...(content === undefined ? {} : { body: content }) });
}

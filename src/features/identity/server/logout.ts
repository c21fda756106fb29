/**
 * Logout at a client's request (OpenID Connect RP-Initiated Logout 1.0). The request is validated here. A page then
 * asks the person, so no client can end a sign-in by itself. The person returns only to a URI that the client
 * registered for this purpose, exactly.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { boundLocation, MAX_LOCATION_CHARACTERS } from "#core/http/location.ts";
import { parseMediaType } from "#core/http/media-type.ts";
import { REFUSED, TAG } from "./answers.ts";
import { logoutQuery } from "./forms.ts";
import { clientOfHint } from "./id-token-hint.ts";
import { findClient } from "./party-queries.ts";
import { PATHS } from "./paths.ts";
import type { ShowRefusal } from "./refusals.ts";

const FORM = "application/x-www-form-urlencoded";
/** The page that asks for confirmation. */
const PAGE = "/logout";

/** In characters as URLs count them, so a character beyond ASCII counts as several. */
const MAX_LENGTHS = { id_token_hint: 4096, client_id: 255, post_logout_redirect_uri: 2000, state: 1024 } as const;
type Parameter = keyof typeof MAX_LENGTHS;

/** The parameters of a logout request. */
export interface LogoutRequest {
  readonly clientId: string | undefined;
  readonly postLogoutRedirectUri: string | undefined;
  readonly state: string | undefined;
}

/** The client, and the URI after the logout: the registered URI with `state`. */
export interface LogoutTarget {
  readonly clientName: string;
  readonly location: string | undefined;
}

/** Undefined if the client does not exist, if it did not register the URI, or if `state` is too long for a redirect. */
export async function findLogoutTarget(
  { database }: Pick<RequestContext, "database">,
  { clientId, postLogoutRedirectUri, state }: LogoutRequest,
): Promise<LogoutTarget | undefined> {
  if (clientId === undefined) return undefined;
  const client = await findClient(database, clientId);
  if (client === undefined) return undefined;
  if (postLogoutRedirectUri === undefined) return { clientName: client.name, location: undefined };
  if (!client.postLogoutRedirectUris.includes(postLogoutRedirectUri)) return undefined;
  const location = withState(postLogoutRedirectUri, state);
  return location.length > MAX_LOCATION_CHARACTERS ? undefined : { clientName: client.name, location };
}

/** The registered URI with `state` appended. */
function withState(uri: string, state: string | undefined): string {
  if (state === undefined) return uri;
  return `${uri}${uri.includes("?") ? "&" : "?"}${new URLSearchParams({ state })}`;
}

/** The endpoints; `showRefusal` renders the page for an invalid request. */
export function declareLogout(showRefusal: ShowRefusal): readonly ProtocolEndpoint[] {
  async function serve(request: Request, context: RequestContext): Promise<Response> {
    try {
      const asked = await readRequest(await parametersOf(request), context);
      const search = await searchOf(asked, context);
      const location = boundLocation(`${context.origin}${PAGE}${search}`);
      return new Response(null, { status: 303, headers: { Location: location } });
    } catch (failure) {
      if (!(failure instanceof InvalidLogout)) throw failure;
      context.log["oauth.error"] = "invalid_request";
      const next = { href: PAGE, label: "Sign out here" };
      return showRefusal({ error: "invalid_request", description: failure.message, next }, context);
    }
  }

  const shared = {
    path: PATHS.logout,
    tag: TAG,
    responses: { 303: { description: "Redirects to the page that asks for confirmation." }, 400: REFUSED },
    security: [],
  } as const;
  return [
    {
      contract: {
        ...shared,
        operationId: "endSession",
        method: "GET",
        summary: "Request logout",
        description:
          "The endpoint that a client redirects the user's browser to for logout (OpenID Connect RP-Initiated Logout 1.0). The user confirms and is signed out. The browser then goes to `post_logout_redirect_uri` with `state`, if the client registered that URI.",
        query: logoutQuery,
      },
      limit: { cost: "read" },
      serve,
    },
    {
      contract: {
        ...shared,
        operationId: "endSessionByForm",
        method: "POST",
        summary: "Request logout by form",
        description: "The same as GET, with the parameters in a form.",
        form: { schema: logoutQuery, example: { client_id: "demo-app" } },
      },
      limit: { cost: "read" },
      serve,
    },
  ];
}

/** The message is for developers. */
class InvalidLogout extends Error {}

/** @throws InvalidLogout */
async function parametersOf(request: Request): Promise<URLSearchParams> {
  if (request.method !== "POST") return new URL(request.url).searchParams;
  const type = parseMediaType(request.headers.get("content-type") ?? "");
  if (request.body !== null && type?.essence !== FORM) throw new InvalidLogout("the parameters must be a form");
  return new URLSearchParams(await request.text());
}

/** @throws InvalidLogout */
async function readRequest(parameters: URLSearchParams, context: RequestContext): Promise<LogoutRequest> {
  const hint = parameterIn(parameters, "id_token_hint");
  const named = parameterIn(parameters, "client_id");
  const hinted = hint === undefined ? undefined : await clientOfHint(hint, context);
  if (hint !== undefined && hinted === undefined)
    throw new InvalidLogout("id_token_hint is not an ID token of this issuer");
  if (named !== undefined && hinted !== undefined && named !== hinted) {
    throw new InvalidLogout("client_id is not the client of id_token_hint");
  }
  return {
    clientId: named ?? hinted,
    postLogoutRedirectUri: parameterIn(parameters, "post_logout_redirect_uri"),
    state: parameterIn(parameters, "state"),
  };
}

/** An empty value counts as absent (RFC 6749 section 3.1). */
function parameterIn(parameters: URLSearchParams, name: Parameter): string | undefined {
  const [value = "", ...more] = parameters.getAll(name);
  if (more.length > 0) throw new InvalidLogout(`${name} is given more than once`);
  if (encodeURIComponent(value).length > 3 * MAX_LENGTHS[name] || value.length > MAX_LENGTHS[name])
    throw new InvalidLogout(`${name} is too long`);
  return value === "" ? undefined : value;
}

/** The query of the page for this request. @throws InvalidLogout */
async function searchOf(asked: LogoutRequest, context: RequestContext): Promise<string> {
  const { clientId, postLogoutRedirectUri, state } = asked;
  if (clientId === undefined) {
    if (postLogoutRedirectUri === undefined) return "";
    throw new InvalidLogout("post_logout_redirect_uri needs id_token_hint or client_id");
  }
  if ((await findLogoutTarget(context, asked)) === undefined) {
    throw new InvalidLogout("the client does not exist or did not register this post_logout_redirect_uri");
  }
  const search = new URLSearchParams({ client_id: clientId });
  if (postLogoutRedirectUri !== undefined) {
    search.set("post_logout_redirect_uri", postLogoutRedirectUri);
    if (state !== undefined) search.set("state", state);
  }
  return `?${search}`;
}

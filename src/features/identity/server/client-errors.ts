/**
 * Corrects the error codes of oidc-provider where it uses `invalid_request` against RFC 6749 section 5.2. A request
 * without usable client authentication is `invalid_client`; a grant that the client is not registered for is
 * `unauthorized_client`. All other errors stay unchanged.
 */
import type { Context, ErrorBody, OidcContext } from "oidc-provider";
import { DEVICE_GRANT, GRANTS } from "./clients.ts";
import { currentExchange } from "./exchange.ts";
import type { Incoming } from "./incoming.ts";
import { PATHS } from "./paths.ts";

/** The endpoints that authenticate clients. */
const CLIENT_PATHS: readonly string[] = [
  PATHS.token,
  PATHS.revoke,
  PATHS.introspect,
  PATHS.par,
  PATHS.deviceAuthorization,
];

/** The grant that an endpoint belongs to. At the token endpoint the request names it. */
const GRANT_OF_ROUTE: Readonly<Record<string, string>> = {
  device_authorization: DEVICE_GRANT,
  pushed_authorization_request: "authorization_code",
};

/** Whether the request has no client authentication, or a method that no client of this service can use. */
export function lacksAuthentication({ path, headers, form, content }: Incoming): boolean {
  if (!CLIENT_PATHS.includes(path)) return false;
  // A body that is not a form is malformed, with or without authentication.
  if (form === undefined && content !== undefined && content.byteLength > 0) return false;
  const authorization = headers.get("authorization");
  if (authorization !== null) return !isBasic(authorization);
  return (form?.get("client_id") ?? "") === "";
}

/** RFC 7617, with both parts encoded as RFC 6749 section 2.3.1 demands. */
function isBasic(authorization: string): boolean {
  const [, encoded = ""] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  try {
    const [id = "", ...secret] = atob(encoded).split(":");
    return id !== "" && decodeURIComponent(secret.join(":")) !== "" && decodeURIComponent(id) !== "";
  } catch {
    return false;
  }
}

/** Middleware of the library: sets the error of a client that may not use the grant. */
export async function nameUnauthorizedClients(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const { oidc } = context;
  if (oidc === undefined || errorOf(context) !== "invalid_request" || !isUnauthorized(oidc)) return;
  context.status = 400;
  context.body = { error: "unauthorized_client", error_description: "the client is not registered for this grant" };
  currentExchange().context.log["oauth.error"] = "unauthorized_client";
}

/** Here the client is authenticated: without authentication the library reports another error. */
function isUnauthorized({ route, client, params }: OidcContext): boolean {
  const grant = route === "token" ? params?.["grant_type"] : GRANT_OF_ROUTE[route];
  return typeof grant === "string" && GRANTS.includes(grant) && client?.grantTypeAllowed(grant) === false;
}

/** The OAuth error code of the library's response, if it is an error. */
export function errorOf({ body }: Context): string | undefined {
  return typeof body === "object" && body !== null ? (body as Partial<ErrorBody>).error : undefined; // the library's error body
}

/**
 * The errors of clients by the names that RFC 6749 section 5.2 gives them, where oidc-provider answers `invalid_request`:
 * a request without usable client authentication is `invalid_client`, a grant that the client is not registered for is
 * `unauthorized_client`. Everything else stays as the library has it.
 */
import type { Context, ErrorBody, OidcContext } from "oidc-provider";
import { DEVICE_GRANT, GRANTS } from "./clients.ts";
import { currentExchange } from "./exchange.ts";
import type { Incoming } from "./incoming.ts";
import { PATHS } from "./paths.ts";

/** The endpoints at which clients authenticate. */
const CLIENT_PATHS: readonly string[] = [
  PATHS.token,
  PATHS.revoke,
  PATHS.introspect,
  PATHS.par,
  PATHS.deviceAuthorization,
];

/** What the client would use at an endpoint; at the token endpoint it says so itself. */
const GRANT_OF_ROUTE: Readonly<Record<string, string>> = {
  device_authorization: DEVICE_GRANT,
  pushed_authorization_request: "authorization_code",
};

/** Whether the request has no client authentication, or one that no client of this service can use. */
export function lacksAuthentication({ path, headers, form, content }: Incoming): boolean {
  if (!CLIENT_PATHS.includes(path)) return false;
  // What cannot be read as a form is malformed, whoever sends it.
  if (form === undefined && content !== undefined && content.byteLength > 0) return false;
  const authorization = headers.get("authorization");
  if (authorization !== null) return !isBasic(authorization);
  return (form?.get("client_id") ?? "") === "";
}

/** RFC 7617, with the two halves encoded as RFC 6749 section 2.3.1 says. */
function isBasic(authorization: string): boolean {
  const [, encoded = ""] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  try {
    const [id = "", ...secret] = atob(encoded).split(":");
    return id !== "" && decodeURIComponent(secret.join(":")) !== "" && decodeURIComponent(id) !== "";
  } catch {
    return false;
  }
}

/** Middleware of the library: names the error of a client that may not use the grant. */
export async function nameUnauthorizedClients(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const { oidc } = context;
  if (oidc === undefined || errorOf(context) !== "invalid_request" || !isUnauthorized(oidc)) return;
  context.status = 400;
  context.body = { error: "unauthorized_client", error_description: "the client is not registered for this grant" };
  currentExchange().surroundings.log["oauth.error"] = "unauthorized_client";
}

/** The client proved who it is, or its error would be another. */
function isUnauthorized({ route, client, params }: OidcContext): boolean {
  const grant = route === "token" ? params?.["grant_type"] : GRANT_OF_ROUTE[route];
  return typeof grant === "string" && GRANTS.includes(grant) && client?.grantTypeAllowed(grant) === false;
}

/** What OAuth calls the failure that the library answers, if it is one. */
export function errorOf({ body }: Context): string | undefined {
  return typeof body === "object" && body !== null ? (body as Partial<ErrorBody>).error : undefined; // the library's error
}

/**
 * Sets `scope` in a token response to everything that was granted (RFC 6749 section 5.1), including the protocol's own
 * scopes. An access token names only the API's scopes, so the library omits `openid` and `offline_access`.
 */
import type { Context, OidcContext } from "oidc-provider";
import { namesIn } from "./scopes.ts";

interface TokenBody {
  readonly scope?: string;
  readonly refresh_token?: string;
}

/** Middleware of the library. */
export async function nameGrantedScopes(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const { oidc, status, body } = context;
  if (oidc?.route !== "token" || status !== 200) return;
  const given = body as TokenBody; // the body of the library's token response
  const names = [...protocolScopes(oidc, given), ...namesIn(given.scope ?? null)];
  context.body = { ...given, ...(names.length === 0 ? {} : { scope: names.join(" ") }) };
}

function protocolScopes({ entities, params }: OidcContext, { refresh_token }: TokenBody): string[] {
  const { AuthorizationCode, DeviceCode, Grant, RefreshToken } = entities;
  const source = AuthorizationCode ?? DeviceCode ?? RefreshToken;
  if (source === undefined || Grant === undefined) return [];
  const narrowed = params?.["scope"];
  const isNarrowed = RefreshToken === source && typeof narrowed === "string";
  const asked = isNarrowed ? new Set(namesIn(narrowed)) : source.scopes;
  const names = namesIn(Grant.getOIDCScopeFiltered(asked));
  // Without a refresh token the client has no offline access.
  return names.filter((name) => name !== "offline_access" || refresh_token !== undefined);
}

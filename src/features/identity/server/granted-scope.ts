/**
 * Sets `scope` in a token response to all granted scopes (RFC 6749 section 5.1). The library lists only the scopes of
 * the API, and leaves out `openid` and `offline_access`. These two are added if they were granted and the client may
 * still have them.
 */
import type { Context, OidcContext } from "oidc-provider";
import { mayHave, namesIn } from "./scopes.ts";

interface TokenBody {
  readonly scope?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** Middleware of the library. */
export async function nameGrantedScopes(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const { oidc, status, body } = context;
  if (oidc?.route !== "token" || status !== 200) return;
  const { id_token, ...given } = body as TokenBody; // the library's body of a token response
  const names = [...protocolScopes(oidc, given), ...namesIn(given.scope ?? null)];
  context.body = {
    ...given,
    ...(id_token !== undefined && mayHave(oidc.client, "openid") ? { id_token } : {}),
    ...(names.length === 0 ? {} : { scope: names.join(" ") }),
  };
}

function protocolScopes({ client, entities, params }: OidcContext, { refresh_token }: TokenBody): string[] {
  const { AuthorizationCode, DeviceCode, Grant, RefreshToken } = entities;
  const source = AuthorizationCode ?? DeviceCode ?? RefreshToken;
  if (source === undefined || Grant === undefined) return [];
  const narrowed = params?.["scope"];
  const isNarrowed = RefreshToken === source && typeof narrowed === "string";
  const asked = isNarrowed ? new Set(namesIn(narrowed)) : source.scopes;
  const names = namesIn(Grant.getOIDCScopeFiltered(asked)).filter((name) => mayHave(client, name));
  // Without a refresh token the client has no access while the person is away.
  return names.filter((name) => name !== "offline_access" || refresh_token !== undefined);
}

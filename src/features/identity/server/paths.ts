/** Where the authorization server's endpoints are, and the cookie that binds an interaction to its browser. */

export const PATHS = {
  authorize: "/oauth/authorize",
  token: "/oauth/token",
  jwks: "/oauth/jwks",
  revoke: "/oauth/revoke",
  introspect: "/oauth/introspect",
  par: "/oauth/par",
  deviceAuthorization: "/oauth/device_authorization",
  /** A page for people: not of the protocol. */
  device: "/oauth/device",
  logout: "/oauth/logout",
  register: "/oauth/register",
  /** Pages for people, one an interaction. */
  interaction: "/oauth/interaction",
  openidConfiguration: "/.well-known/openid-configuration",
  serverMetadata: "/.well-known/oauth-authorization-server",
} as const;

/** Sent with the pages of one interaction alone; its value is the interaction's `uid`. */
export const INTERACTION_COOKIE = "sluice_interaction";

/** Where the person goes on after a step of an interaction. `origin` is the service's own. */
export function resumeUrl(origin: string, uid: string): string {
  return `${origin}${PATHS.authorize}/${encodeURIComponent(uid)}`;
}

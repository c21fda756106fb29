/** Where the authorization server's endpoints are. */

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

/** By this cookie the library is told which interaction is resumed. No browser has it. */
export const RESUME_COOKIE = "resume";

/** Where the person goes on after a step of an interaction. `origin` is the service's own. */
export function resumeUrl(origin: string, uid: string): string {
  return `${origin}${PATHS.authorize}/${encodeURIComponent(uid)}`;
}

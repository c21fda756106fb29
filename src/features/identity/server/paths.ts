/** The paths of the authorization server's endpoints. */

export const PATHS = {
  authorize: "/oauth/authorize",
  token: "/oauth/token",
  jwks: "/oauth/jwks",
  revoke: "/oauth/revoke",
  introspect: "/oauth/introspect",
  par: "/oauth/par",
  deviceAuthorization: "/oauth/device_authorization",
  /** A page for people, not part of the protocol. */
  device: "/oauth/device",
  logout: "/oauth/logout",
  register: "/oauth/register",
  /** Pages for people, one per interaction. */
  interaction: "/oauth/interaction",
  openidConfiguration: "/.well-known/openid-configuration",
  serverMetadata: "/.well-known/oauth-authorization-server",
} as const;

/** This cookie tells the library which interaction is resumed. It is never sent to a browser. */
export const RESUME_COOKIE = "resume";

/** The URL to continue at after a step of an interaction. `origin` is the service's origin. */
export function resumeUrl(origin: string, uid: string): string {
  return `${origin}${PATHS.authorize}/${encodeURIComponent(uid)}`;
}

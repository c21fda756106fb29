/** The loopback hosts of the local machine (RFC 8252 section 7.3, RFC 6761 section 6.3). Pure. */

const LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** Whether the host, as `URL` serializes it, is the local machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK_HOSTS.includes(hostname);
}

/**
 * The origins of all loopback hosts with the port of `origin`, starting with `origin` itself. They reach the same
 * server.
 */
export function loopbackOrigins(origin: string): readonly string[] {
  const { protocol, hostname, port } = new URL(origin);
  if (!isLoopback(hostname)) return [origin];
  const others = LOOPBACK_HOSTS.filter((host) => host !== hostname);
  return [origin, ...others.map((host) => `${protocol}//${host}${port === "" ? "" : `:${port}`}`)];
}

/** The hosts of one's own machine (RFC 8252 section 7.3, RFC 6761 section 6.3). Pure. */

const LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** Whether the host, as `URL` writes it, is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK_HOSTS.includes(hostname);
}

/** The origins that reach the same server as `origin`, itself first: those of all loopback hosts with its port. */
export function loopbackOrigins(origin: string): readonly string[] {
  const { protocol, hostname, port } = new URL(origin);
  if (!isLoopback(hostname)) return [origin];
  const others = LOOPBACK_HOSTS.filter((host) => host !== hostname);
  return [origin, ...others.map((host) => `${protocol}//${host}${port === "" ? "" : `:${port}`}`)];
}

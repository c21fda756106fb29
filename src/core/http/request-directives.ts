/**
 * The directives of the request's `Cache-Control` (RFC 9111 section 5.2.1) in normalized spelling: `no-cache`,
 * `max-age=0`.
 */
export function requestDirectives(headers: Headers): ReadonlySet<string> {
  // Pragma, from HTTP/1.0, counts only without Cache-Control (section 5.4).
  const field = headers.get("cache-control") ?? headers.get("pragma") ?? "";
  const directives = field.toLowerCase().split(",");
  return new Set(directives.map((directive) => directive.replaceAll(/[\s"]/g, "").replace(/=0+$/, "=0")));
}

/** Whether the client requests the current state instead of a stored response. */
export function wantsPresent(directives: ReadonlySet<string>): boolean {
  return directives.has("no-cache") || directives.has("max-age=0") || directives.has("no-store");
}

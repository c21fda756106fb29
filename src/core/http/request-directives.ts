/** What a request tells caches by `Cache-Control` (RFC 9111 section 5.2.1), in one spelling: `no-cache`, `max-age=0`. */
export function requestDirectives(headers: Headers): ReadonlySet<string> {
  // HTTP/1.0's word counts only where there is no other (section 5.4).
  const field = headers.get("cache-control") ?? headers.get("pragma") ?? "";
  const directives = field.toLowerCase().split(",");
  return new Set(directives.map((directive) => directive.replaceAll(/[\s"]/g, "").replace(/=0+$/, "=0")));
}

/** Whether the client wants the present state, and not what is kept of an earlier one. */
export function wantsPresent(directives: ReadonlySet<string>): boolean {
  return directives.has("no-cache") || directives.has("max-age=0") || directives.has("no-store");
}

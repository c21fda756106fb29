/** `Cache-Status` (RFC 9211): how the service's cache handled a request. It never contains the cache key. */
import { serializeList, Token } from "structured-headers";

const CACHE = new Token("Sluice");

/** `hit` and `forwarded` are mutually exclusive (section 2). */
export type CacheStatus =
  | {
      /** Seconds for which the response stays fresh. Negative if it is stale. */
      readonly hit: number;
    }
  | {
      /**
       * Why the cache forwarded the request (section 2.2). `bypass`: the response is not cacheable. `method`: the
       * method is not cacheable. `uri-miss`: no stored response. `stale`: the stored response may be out of date.
       * `request`: the client asked for revalidation.
       */
      readonly forwarded: "bypass" | "method" | "uri-miss" | "stale" | "request";
      /** The result of forwarding. 304: the stored response was still valid. */
      readonly status?: 200 | 304;
      readonly stored?: boolean;
      /** Whether the request shared the response of another request in flight. */
      readonly collapsed?: boolean;
    };

export function formatCacheStatus(status: CacheStatus): string {
  return serializeList([[CACHE, "hit" in status ? hitParameters(status) : forwardParameters(status)]]);
}

function hitParameters({ hit }: Extract<CacheStatus, { hit: number }>) {
  return new Map<string, true | number>([
    ["hit", true],
    ["ttl", hit],
  ]);
}

function forwardParameters(status: Exclude<CacheStatus, { hit: number }>) {
  const { forwarded, status: answered, stored = false, collapsed = false } = status;
  const parameters = new Map<string, Token | number | true>([["fwd", new Token(forwarded)]]);
  if (answered !== undefined) parameters.set("fwd-status", answered);
  if (stored) parameters.set("stored", true);
  if (collapsed) parameters.set("collapsed", true);
  return parameters;
}

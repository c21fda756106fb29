/** `Cache-Status` (RFC 9211): how our cache treated a request. Its key is never shown. */
import { serializeList, Token } from "structured-headers";

const CACHE = new Token("Sluice");

/** `hit` and `forwarded` exclude each other (section 2). */
export type CacheStatus =
  | {
      /** Seconds for which the answer is still fresh, negative where it is stale. */
      readonly hit: number;
    }
  | {
      /**
       * Why the cache did not answer by itself (section 2.2): the answer is none to keep (`bypass`), the method is not one to
       * keep answers of, nothing is kept for this URL, what is kept may be old, or the client wants it asked.
       */
      readonly forwarded: "bypass" | "method" | "uri-miss" | "stale" | "request";
      /** What came of it; 304: what is kept was still current. */
      readonly status?: 200 | 304;
      readonly stored?: boolean;
      /** Whether another request was already on its way for the same, and brought the answer. */
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

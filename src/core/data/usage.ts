/** What a request asks of the platform: how often, and for how long it waits. Nothing is ever sent from here. */

export const PLATFORM_PARTS = ["d1", "object", "kv", "cache"] as const;

/** D1, a Durable Object, KV, the Cache API. A batch of D1 is one call. */
export type PlatformPart = (typeof PLATFORM_PARTS)[number];

/**
 * Where the answer's content comes from: the handler, the endpoint's validator alone (a 304), the memory of this isolate,
 * the cache of this location, or the record of an idempotency key. Undefined for what no handler answers.
 */
export type AnswerSource = "handler" | "validator" | "isolate" | "location" | "record";

export interface PlatformUsage {
  readonly calls: Record<PlatformPart, number>;
  /** Milliseconds that were waited for each part. What runs at the same time counts each for itself. */
  readonly waited: Record<PlatformPart, number>;
  answeredFrom: AnswerSource | undefined;
}

/** Counts one request's calls. */
export interface UsageMeter {
  readonly usage: PlatformUsage;
  measure<T>(part: PlatformPart, call: () => Promise<T>): Promise<T>;
}

/** `now` gives epoch milliseconds. The platform's clock stands still between calls, so that what passes is waiting. */
export function meterUsage(now: () => number): UsageMeter {
  const usage: PlatformUsage = {
    calls: { d1: 0, object: 0, kv: 0, cache: 0 },
    waited: { d1: 0, object: 0, kv: 0, cache: 0 },
    answeredFrom: undefined,
  };
  return {
    usage,
    async measure(part, call) {
      usage.calls[part] += 1;
      const startedAt = now();
      try {
        return await call();
      } finally {
        usage.waited[part] += now() - startedAt;
      }
    },
  };
}

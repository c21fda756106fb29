/** Counts a request's platform calls and the time it waits for them. It sends nothing anywhere. */

export const PLATFORM_PARTS = ["d1", "object", "kv", "cache"] as const;

/** D1, a Durable Object, KV, the Cache API. A D1 batch is one call. */
export type PlatformPart = (typeof PLATFORM_PARTS)[number];

/**
 * Where the response's content came from: the handler, the endpoint's validator alone (a 304), this isolate's memory,
 * this location's cache, or an idempotency record. Undefined if no handler was involved.
 */
export type AnswerSource = "handler" | "validator" | "isolate" | "location" | "record";

export interface PlatformUsage {
  readonly calls: Record<PlatformPart, number>;
  /** Milliseconds waited for each part. Concurrent calls each count in full. */
  readonly waited: Record<PlatformPart, number>;
  answeredFrom: AnswerSource | undefined;
}

/** Counts the calls of one request. */
export interface UsageMeter {
  readonly usage: PlatformUsage;
  measure<T>(part: PlatformPart, call: () => Promise<T>): Promise<T>;
}

/**
 * `now` returns epoch milliseconds. The platform's clock only advances during calls, so elapsed time is waiting time.
 */
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

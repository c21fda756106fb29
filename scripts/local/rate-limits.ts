/**
 * A local implementation of the platform's rate limiting binding. Like the platform it counts in memory, so a call is
 * cheap, while Miniflare's implementation writes to a database for each call. Each binding counts per key, in windows
 * aligned to the clock. Counts are lost with the runtime. If a window has too many keys, its counts are reset, so it
 * can admit too much but never too little.
 */
import type { V4WorkerOptions, V4WorkerOptionsShape } from "miniflare";

/** One `[[ratelimits]]` of wrangler.toml. */
export interface RateLimitOptions {
  readonly namespace_id: string;
  /** At most `limit` calls per key succeed in one period. The period is in seconds. */
  readonly simple: { readonly limit: number; readonly period?: number };
}

const WORKER_NAME = "rate-limits";
const ENTRYPOINT = "RateLimits";

/** The platform's default, in seconds. */
const USUAL_PERIOD = 60;
const MOST_KEYS = 100_000;

const MODULE = `
  import { WorkerEntrypoint } from "cloudflare:workers";

  const windows = new Map();

  function countsOf(namespace, number) {
    const known = windows.get(namespace);
    if (known?.number === number && known.counts.size < ${MOST_KEYS}) return known.counts;
    const counts = new Map();
    windows.set(namespace, { number, counts });
    return counts;
  }

  export default {};

  export class ${ENTRYPOINT} extends WorkerEntrypoint {
    limit({ key }) {
      const { namespace, limit, period } = this.ctx.props;
      const counts = countsOf(namespace, Math.floor(Date.now() / (period * 1000)));
      const count = counts.get(key) ?? 0;
      if (count >= limit) return { success: false };
      counts.set(key, count + 1);
      return { success: true };
    }
  }
`;

/** The bindings for a Worker that runs beside `rateLimitWorker`, by name. */
export function rateLimitBindings(
  limits: Readonly<Record<string, RateLimitOptions>>,
): NonNullable<V4WorkerOptionsShape["serviceBindings"]> {
  const entries = Object.entries(limits).map(([name, { namespace_id: namespace, simple }]) => {
    const props = { namespace, limit: simple.limit, period: simple.period ?? USUAL_PERIOD };
    return [name, { name: WORKER_NAME, entrypoint: ENTRYPOINT, props }] as const;
  });
  return Object.fromEntries(entries);
}

/** The Worker that implements all these bindings. */
export function rateLimitWorker(compatibilityDate: string | undefined): V4WorkerOptions {
  return {
    name: WORKER_NAME,
    ...(compatibilityDate === undefined ? {} : { compatibilityDate }),
    modules: [{ type: "ESModule", path: `${WORKER_NAME}.js`, contents: MODULE }],
  };
}

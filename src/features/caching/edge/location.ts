/**
 * The cache of a location, in the Cache API. The isolates of one data centre share it. It can drop any entry, and does
 * nothing on hosts without a Cache API, so correctness never depends on it. Unreadable entries count as missing. A
 * request waits at most half a second for each call.
 */
import { z } from "@hono/zod-openapi";
import type { LocationCache } from "#core/contract/dependencies.ts";
import type { UsageMeter } from "#core/data/usage.ts";
import { settledWithin } from "#core/data/within.ts";
import type { Entry } from "./entry.ts";
import type { KnownGeneration } from "./known-generations.ts";

/** Unused entries expire after this time. */
const ENTRY_SECONDS = 3600;
/** After this time the database is faster. */
const PATIENCE_MS = 500;
const STORED_HEADERS = "X-Stored-Headers";

export interface LocationMemory {
  entry(variant: string, tag: string, meter: UsageMeter): Promise<Entry | undefined>;
  keepEntry(variant: string, tag: string, entry: Entry, meter: UsageMeter): Promise<void>;
  knownGeneration(origin: string, collection: string, meter: UsageMeter): Promise<KnownGeneration | undefined>;
  storeKnownGeneration(
    origin: string,
    collection: string,
    knownGeneration: KnownGeneration,
    seconds: number,
    meter: UsageMeter,
  ): Promise<void>;
  forgetKnownGeneration(origin: string, collection: string, meter: UsageMeter): Promise<void>;
}

const headersSchema = z.array(z.tuple([z.string(), z.string()]));
const KnownGenerationSchema = z.object({
  generation: z.number(),
  changedAt: z.number(),
  seenAt: z.number(),
  bookmark: z.string().optional(),
});

export function rememberInLocation(open: () => Promise<LocationCache>): LocationMemory {
  /** Undefined if the work fails or takes too long. Reading the body is part of the work. */
  function attempt<T>(meter: UsageMeter, work: (cache: LocationCache) => Promise<T>): Promise<T | undefined> {
    return settledWithin(attemptedBy(meter, work), PATIENCE_MS);
  }

  async function attemptedBy<T>(meter: UsageMeter, work: (cache: LocationCache) => Promise<T>): Promise<T> {
    const cache = await open();
    return meter.measure("cache", () => work(cache));
  }

  return {
    async entry(variant, tag, meter) {
      return attempt(meter, async (cache) => {
        const found = await cache.match(entryKey(variant, tag));
        return found === undefined ? undefined : readEntry(found);
      });
    },
    async keepEntry(variant, tag, entry, meter) {
      const headers = {
        "Cache-Control": `max-age=${ENTRY_SECONDS}`,
        "Content-Type": "application/octet-stream",
        [STORED_HEADERS]: encodeURIComponent(JSON.stringify(entry.headers)),
      };
      await attempt(meter, (cache) => cache.put(entryKey(variant, tag), new Response(entry.body, { headers })));
    },
    async knownGeneration(origin, collection, meter) {
      return attempt(meter, async (cache) => {
        const found = await cache.match(knownGenerationKey(origin, collection));
        return found === undefined ? undefined : KnownGenerationSchema.safeParse(await found.json()).data;
      });
    },
    async storeKnownGeneration(origin, collection, knownGeneration, seconds, meter) {
      const headers = { "Cache-Control": `max-age=${seconds}`, "Content-Type": "application/json" };
      const kept = new Response(JSON.stringify(knownGeneration), { headers });
      await attempt(meter, (cache) => cache.put(knownGenerationKey(origin, collection), kept));
    },
    async forgetKnownGeneration(origin, collection, meter) {
      await attempt(meter, (cache) => cache.delete(knownGenerationKey(origin, collection)));
    },
  };
}

/** A variant begins with its canonical URL. The rest of it becomes one more parameter. */
function entryKey(variant: string, tag: string): string {
  const [url = "", ...rest] = variant.split(" ");
  return `${url}${url.includes("?") ? "&" : "?"}${new URLSearchParams({ "edge-entry": [...rest, tag].join(" ") })}`;
}

function knownGenerationKey(origin: string, collection: string): string {
  return `${origin}/?${new URLSearchParams({ "known-generation": collection })}`;
}

async function readEntry(response: Response): Promise<Entry | undefined> {
  try {
    const stored = decodeURIComponent(response.headers.get(STORED_HEADERS) ?? "");
    const headers = headersSchema.parse(JSON.parse(stored));
    const found = new Headers(headers);
    const etag = found.get("ETag") ?? "";
    const modifiedAt = Date.parse(found.get("Last-Modified") ?? "");
    if (etag === "" || Number.isNaN(modifiedAt)) return undefined;
    return { headers, etag, modifiedAt, body: new Uint8Array(await response.arrayBuffer()) };
  } catch {
    return undefined;
  }
}

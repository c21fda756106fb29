/**
 * What tolerates to be a minute old: named JSON values in KV, each with the time at which it was made. It guarantees that
 * the time travels with the value, so that whoever reads it can say how old it is however long KV and its caches took:
 * KV promises nothing of that, and 60 seconds are only what it usually takes. What does not have the form that is asked for
 * is not there; nor is anything while KV does not answer, so that the caller asks the source itself. Never for what must be
 * exact.
 */
import type { z } from "@hono/zod-openapi";
import { settledWithin } from "./within.ts";

/** What this needs of a request's surroundings. */
export interface ReadModelContext {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly objects: { readonly READ_MODELS: Pick<KVNamespace, "get" | "put"> };
  readonly log: { "read_model.failure"?: "unavailable" | "invalid" | "stale" };
}

export interface ReadModel<Value> {
  readonly value: Value;
  /** Epoch milliseconds: what the value shows was the case then. At most 5 seconds ahead of who reads it. */
  readonly madeAt: number;
}

/** For how long a location answers from its own copy, which is the least that KV takes. */
const CACHE_TTL_SECONDS = 30;
/** The least that KV takes. */
const MIN_TTL_SECONDS = 60;
/** Beyond it the source is asked, which is not much slower. */
const TIMEOUT_MS = 1_000;
/** How far the clocks of two machines may be apart. What seems to come from later than that would stay fresh for too long. */
export const CLOCK_TOLERANCE_MS = 5_000;

/** What the form alone does not tell: whether the value can have been what it is at `madeAt`. */
export type Plausible<Value> = (model: ReadModel<Value>) => boolean;

/**
 * The value of that name, of any age; undefined where there is none that fits, or that `isPlausible`. One KV read. Never
 * rejects.
 */
export async function readModel<Schema extends z.ZodType>(
  { objects, now, log }: ReadModelContext,
  name: string,
  schema: Schema,
  isPlausible: Plausible<z.output<Schema>> = () => true,
  timeoutMs = TIMEOUT_MS,
): Promise<ReadModel<z.output<Schema>> | undefined> {
  const reading = objects.READ_MODELS.get(name, { type: "text", cacheTtl: CACHE_TTL_SECONDS });
  const text = await settledWithin(reading, timeoutMs);
  if (text === undefined) log["read_model.failure"] = "unavailable";
  if (text === undefined || text === null) return undefined;
  const stored = parseJson(text);
  const madeAt = isRecord(stored) ? stored["made_at"] : undefined;
  const parsed = isRecord(stored) ? schema.safeParse(stored["value"]) : undefined;
  if (typeof madeAt !== "number" || !(madeAt <= now + CLOCK_TOLERANCE_MS) || parsed?.success !== true) {
    log["read_model.failure"] = "invalid";
    return undefined;
  }
  const model = { value: parsed.data, madeAt };
  if (isPlausible(model)) return model;
  log["read_model.failure"] = "invalid";
  return undefined;
}

/**
 * Puts the value where others find it, for `ttlSeconds` (at least 60). To be deferred: no answer waits for it. Of two at
 * once the last one counts, whichever was made first.
 *
 * @throws what KV does, which takes one write a second of each name
 */
export async function writeModel<Value>(
  { objects }: Pick<ReadModelContext, "objects">,
  name: string,
  { value, madeAt }: ReadModel<Value>,
  ttlSeconds: number,
): Promise<void> {
  const expirationTtl = Math.max(MIN_TTL_SECONDS, ttlSeconds);
  await objects.READ_MODELS.put(name, JSON.stringify({ made_at: madeAt, value }), { expirationTtl });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

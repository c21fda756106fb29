/**
 * Named JSON values in KV for data that may be about a minute old, each with the time it was made. The time travels
 * with the value, so its age is always known. A value that does not match the schema counts as missing, and so does any
 * value while KV is unavailable. The caller then reads the source. Never use it for data that must be exact.
 */
import type { z } from "@hono/zod-openapi";
import { settledWithin } from "./within.ts";

/** The part of the request context that read models need. */
export interface ReadModelContext {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly objects: { readonly READ_MODELS: Pick<KVNamespace, "get" | "put"> };
  readonly log: { "read_model.failure"?: "unavailable" | "invalid" | "stale" };
}

export interface ReadModel<Value> {
  readonly value: Value;
  /** Epoch milliseconds at which the value was true. At most 5 seconds ahead of the reader's clock. */
  readonly madeAt: number;
}

/** How long a location serves its own copy. This is the minimum that KV allows. */
const CACHE_TTL_SECONDS = 30;
/** The minimum that KV allows. */
const MIN_TTL_SECONDS = 60;
/** After this time the source is read instead, which takes about as long. */
const TIMEOUT_MS = 1_000;
/** How far the clocks of two machines may differ. A value from further in the future would stay fresh for too long. */
export const CLOCK_TOLERANCE_MS = 5_000;

/** A check beyond the schema: whether the value is plausible for its `madeAt`. */
export type Plausible<Value> = (model: ReadModel<Value>) => boolean;

/**
 * The value with that name, of any age. Undefined if none matches the schema and `isPlausible`. One KV read. Never
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
 * Stores the value for `ttlSeconds` (at least 60). Call it after the response, since no request waits for it. Of two
 * concurrent writes the last one wins, whichever was made first.
 *
 * @throws the error of KV, which allows one write per second and name
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

/**
 * Limits that are changed without a deploy: a JSON object in the namespace LIMITS under the key `policies`, policies by
 * name. It guarantees that no change leaves the bounds below, so that a slip of the pen neither opens the service nor
 * closes it, and that an entry which does leave them changes nothing at all. Each isolate asks again after 60 seconds.
 * Fails to what was last known, and at first to the limits in code.
 */
import { z } from "@hono/zod-openapi";
import type { Surroundings } from "../contract/doors.ts";
import { POLICIES } from "./policies.ts";
import { isWindow, type LimitPolicy, type WindowPolicy } from "./policy.ts";

/** Where the overrides are in the namespace. */
export const OVERRIDES_KEY = "policies";

/** A limit may become this many times larger or smaller than it is in code. */
export const MAX_FACTOR = 10;

const FRESH_MS = 60_000;

const bucketSchema = z.strictObject({
  capacity: z.int().min(1).optional(),
  refill_per_second: z.number().positive().optional(),
  shadow: z.boolean().optional(),
});

const windowSchema = z.strictObject({ limit: z.int().min(1).optional(), shadow: z.boolean().optional() });

type Policy = LimitPolicy | WindowPolicy;

/** Policies by name, as they are to be enforced, where that is not as in code. */
export type Overrides = ReadonlyMap<string, Policy>;

export const NO_OVERRIDES: Overrides = new Map();

/** @throws RangeError naming what is wrong: no JSON, an unknown policy or member, a value out of bounds */
export function readOverrides(text: string): Overrides {
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  if (!parsed.success) throw new RangeError("must be a JSON object of policies by name");
  return new Map(Object.entries(parsed.data).map(([name, change]) => [name, changed(name, change)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function changed(name: string, change: unknown): Policy {
  const policy = POLICIES.get(name);
  if (policy === undefined) throw new RangeError(`${name}: there is no such policy`);
  return isWindow(policy) ? changedWindow(policy, change) : changedBucket(policy, change);
}

function changedBucket(policy: LimitPolicy, change: unknown): LimitPolicy {
  const { capacity, refill_per_second, shadow } = read(policy.name, bucketSchema, change);
  return {
    ...policy,
    capacity: within(`${policy.name}.capacity`, policy.capacity, capacity),
    refillPerSecond: within(`${policy.name}.refill_per_second`, policy.refillPerSecond, refill_per_second),
    shadow: shadow ?? policy.shadow,
  };
}

function changedWindow(policy: WindowPolicy, change: unknown): WindowPolicy {
  const { limit, shadow } = read(policy.name, windowSchema, change);
  return { ...policy, limit: within(`${policy.name}.limit`, policy.limit, limit), shadow: shadow ?? policy.shadow };
}

function read<Schema extends z.ZodType>(name: string, schema: Schema, change: unknown): z.output<Schema> {
  const parsed = schema.safeParse(change);
  if (!parsed.success) throw new RangeError(`${name}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function within(name: string, usual: number, value: number = usual): number {
  const [least, most] = [usual / MAX_FACTOR, usual * MAX_FACTOR];
  if (value < least || value > most) throw new RangeError(`${name}: must be from ${least} to ${most}`);
  return value;
}

/** The policy as it is to be enforced now. */
export type InForce = <P extends Policy>(policy: P) => P;

/** Remembers the overrides for one isolate. */
export function rememberOverrides(): (surroundings: Surroundings) => Promise<InForce> {
  let known = NO_OVERRIDES;
  let freshUntil = Number.NEGATIVE_INFINITY;
  const inForce: InForce = (policy) => (known.get(policy.name) ?? policy) as typeof policy; // one name, one kind

  return async function policiesInForce(surroundings) {
    const { now } = surroundings;
    if (now >= freshUntil) {
      // Others go on with what is known while this request asks.
      freshUntil = now + FRESH_MS;
      known = await askFor(known, surroundings);
    }
    return inForce;
  };
}

/** What the namespace has now, up to a minute old. @throws RangeError as readOverrides does */
export async function loadOverrides({ objects }: Pick<Surroundings, "objects">): Promise<Overrides> {
  const text = await objects.LIMITS.get(OVERRIDES_KEY, { cacheTtl: 60 });
  return text === null ? NO_OVERRIDES : readOverrides(text);
}

async function askFor(known: Overrides, surroundings: Surroundings): Promise<Overrides> {
  const { log } = surroundings;
  try {
    return await loadOverrides(surroundings);
  } catch (error) {
    log["limit.overrides"] = error instanceof RangeError ? "invalid" : "unavailable";
    return known;
  }
}

/**
 * Limits that are changed without a deploy: a JSON object in the namespace LIMITS under the key `policies`, policies by
 * name. It guarantees that no change leaves the bounds below, so that a slip of the pen neither opens the service nor
 * closes it, and that an entry which does leave them changes nothing at all. Each isolate asks again after 30 seconds, and may
 * be told what its location remembers for as long. Until an isolate has heard for the first time, its requests wait.
 * Fails, after a second, to what was last known, and at first to the limits in code: such limits are assumed, and a
 * bucket that has heard of better ones holds to those.
 */
import { z } from "@hono/zod-openapi";
import type { Surroundings } from "#core/contract/doors.ts";
import { within } from "#core/data/within.ts";
import { POLICIES } from "./policies.ts";
import { isLoad, isWindow, type LimitPolicy, type LoadPolicy, type WindowPolicy } from "./policy.ts";

/** Where the overrides are in the namespace. */
export const OVERRIDES_KEY = "policies";

/** A limit may become this many times larger or smaller than it is in code. */
export const MAX_FACTOR = 10;

const FRESH_MS = 30_000;

/** How long a request waits for the namespace. */
const PATIENCE_MS = 1000;

/** When it is asked again where it did not answer. */
const RETRY_MS = 5000;

const bucketSchema = z.strictObject({
  capacity: z.int().min(1).optional(),
  refill_per_second: z.number().positive().optional(),
  shadow: z.boolean().optional(),
});

/** Of what counts one by one: attempts in a window, requests at a time. */
const countSchema = z.strictObject({ limit: z.int().min(1).optional(), shadow: z.boolean().optional() });

type Policy = LimitPolicy | WindowPolicy | LoadPolicy;

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
  if (isLoad(policy)) return changedLoad(policy, change);
  return isWindow(policy) ? changedWindow(policy, change) : changedBucket(policy, change);
}

function changedBucket(policy: LimitPolicy, change: unknown): LimitPolicy {
  const { capacity, refill_per_second, shadow } = read(policy.name, bucketSchema, change);
  return {
    ...policy,
    capacity: inBounds(`${policy.name}.capacity`, policy.capacity, capacity),
    refillPerSecond: inBounds(`${policy.name}.refill_per_second`, policy.refillPerSecond, refill_per_second),
    shadow: shadow ?? policy.shadow,
  };
}

function changedWindow(policy: WindowPolicy, change: unknown): WindowPolicy {
  const { limit, shadow } = read(policy.name, countSchema, change);
  return { ...policy, limit: inBounds(`${policy.name}.limit`, policy.limit, limit), shadow: shadow ?? policy.shadow };
}

function changedLoad(policy: LoadPolicy, change: unknown): LoadPolicy {
  const { limit, shadow } = read(policy.name, countSchema, change);
  const inFlight = inBounds(`${policy.name}.limit`, policy.inFlight, limit);
  return { ...policy, inFlight, shadow: shadow ?? policy.shadow };
}

function read<Schema extends z.ZodType>(name: string, schema: Schema, change: unknown): z.output<Schema> {
  const parsed = schema.safeParse(change);
  if (!parsed.success) throw new RangeError(`${name}: ${parsed.error.issues.map(faultOf).join(", ")}`);
  return parsed.data;
}

function faultOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `it has no ${issue.keys.join(", ")}`;
  return `${issue.path.join(".")} is not as it must be (${issue.message})`;
}

function inBounds(name: string, usual: number, value: number = usual): number {
  const [least, most] = [usual / MAX_FACTOR, usual * MAX_FACTOR];
  if (value < least || value > most) throw new RangeError(`${name}: must be from ${least} to ${most}`);
  return value;
}

/** The policy as it is to be enforced now. */
export type InForce = <P extends Policy>(policy: P) => P;

/** A policy as it is with these overrides. */
export function inForceOf<P extends Policy>(overrides: Overrides, policy: P): P {
  return (overrides.get(policy.name) ?? policy) as P; // one name, one kind
}

/** Remembers the overrides for one isolate. */
export function rememberOverrides(): (surroundings: Surroundings) => Promise<InForce> {
  let known: Overrides | undefined;
  let isAssumed = false;
  let first: Promise<void> | undefined;
  let freshUntil = Number.NEGATIVE_INFINITY;

  const inForce: InForce = (policy) => {
    const changed = inForceOf(known ?? NO_OVERRIDES, policy);
    return isAssumed && isBucket(changed) ? { ...changed, isAssumed } : changed;
  };

  async function load(surroundings: Surroundings): Promise<void> {
    const { log } = surroundings;
    try {
      const loaded = await within(loadOverrides(surroundings), PATIENCE_MS);
      if (loaded === undefined) throw new Error("the namespace does not answer");
      known = loaded.value;
      isAssumed = false;
    } catch (error) {
      log["limit.overrides"] = error instanceof RangeError ? "invalid" : "unavailable";
      known ??= NO_OVERRIDES;
      isAssumed = true;
      freshUntil = surroundings.now + RETRY_MS;
    }
  }

  return async function policiesInForce(surroundings) {
    const { now } = surroundings;
    if (now < freshUntil && freshUntil - now <= FRESH_MS) {
      // Only before anything is known.
      if (known === undefined && first !== undefined && (await within(first, PATIENCE_MS)) === undefined) {
        known ??= NO_OVERRIDES;
        isAssumed = true;
        freshUntil = now + RETRY_MS;
      }
      return inForce;
    }
    // Others go on with what is known while this request asks.
    freshUntil = now + FRESH_MS;
    const loading = load(surroundings);
    // Also for others, if the client hangs up.
    surroundings.defer(loading);
    if (known === undefined) first = loading;
    await loading;
    return inForce;
  };
}

function isBucket<P extends Policy>(policy: P): policy is P & LimitPolicy {
  return !(isLoad(policy) || isWindow(policy));
}

/** What the namespace has, as its location remembers it for up to 30 seconds. @throws RangeError as readOverrides does */
export async function loadOverrides({ objects }: Pick<Surroundings, "objects">): Promise<Overrides> {
  const text = await objects.LIMITS.get(OVERRIDES_KEY, { cacheTtl: 30 });
  return text === null ? NO_OVERRIDES : readOverrides(text);
}

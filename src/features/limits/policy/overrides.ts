/**
 * Policies that an operator changed without a deploy: a JSON object of policies by name, in the KV namespace LIMITS.
 * Each isolate reads it every 30 seconds. One value out of bounds makes the whole object invalid. If the object is
 * invalid or unreadable, the last known policies remain, and count as assumed.
 */
import { z } from "@hono/zod-openapi";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { within } from "#core/data/within.ts";
import { type BucketPolicy, isLoad, isWindow, type Policies, type Policy } from "./policy.ts";

/** The key of the overrides in the namespace. */
export const OVERRIDES_KEY = "policies";

/** A limit may become at most this many times larger or smaller than in the code. */
const MAX_FACTOR = 10;

const FRESH_MS = 30_000;

/** The longest wait of a request for the namespace. */
const TIMEOUT_MS = 1000;

/** The time between two reads after a failure. */
const RETRY_MS = 5000;

const shadow = z.boolean().optional();
const tokens = z.int().min(1).optional();
const bucketSchema = z.strictObject({ capacity: tokens, refill_per_second: z.number().positive().optional(), shadow });
/** Members of a window, and of a load policy. */
const countSchema = z.strictObject({ limit: tokens, shadow });

/** The changed policies by name. */
export type Overrides = Policies;

export const NO_OVERRIDES: Overrides = new Map();

/** Reads overrides of `policies`. @throws RangeError for invalid JSON, an unknown policy or member, or a value out of bounds */
export function parseOverrides(text: string, policies: Policies): Overrides {
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  if (!parsed.success) throw new RangeError("must be a JSON object of policies by name");
  return new Map(Object.entries(parsed.data).map(([name, change]) => [name, changePolicy(policies, name, change)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function changePolicy(policies: Policies, name: string, change: unknown): Policy {
  const policy = policies.get(name);
  if (policy === undefined) throw new RangeError(`${name}: no policy has this name`);
  const bounded = (member: string, inCode: number, value?: number) => checkBounds(`${name}.${member}`, inCode, value);
  if (isLoad(policy) || isWindow(policy)) {
    const { limit, shadow = policy.shadow } = parseChange(name, countSchema, change);
    if (isLoad(policy)) return { ...policy, inFlight: bounded("limit", policy.inFlight, limit), shadow };
    return { ...policy, limit: bounded("limit", policy.limit, limit), shadow };
  }
  const { capacity, refill_per_second, shadow = policy.shadow } = parseChange(name, bucketSchema, change);
  return {
    ...policy,
    capacity: bounded("capacity", policy.capacity, capacity),
    refillPerSecond: bounded("refill_per_second", policy.refillPerSecond, refill_per_second),
    shadow,
  };
}

function parseChange<Schema extends z.ZodType>(name: string, schema: Schema, change: unknown): z.output<Schema> {
  const parsed = schema.safeParse(change);
  if (!parsed.success) throw new RangeError(`${name}: ${parsed.error.issues.map(describeIssue).join(", ")}`);
  return parsed.data;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `unknown member ${issue.keys.join(", ")}`;
  return `invalid member ${issue.path.join(".")} (${issue.message})`;
}

function checkBounds(name: string, inCode: number, value: number = inCode): number {
  const [least, most] = [inCode / MAX_FACTOR, inCode * MAX_FACTOR];
  if (value < least || value > most) throw new RangeError(`${name}: must be from ${least} to ${most}`);
  return value;
}

/** The current form of a policy, with its override if it has one. */
export type ResolvePolicy = <P extends Policy>(policy: P) => P;

export function applyOverride<P extends Policy>(overrides: Overrides, policy: P): P {
  return (overrides.get(policy.name) ?? policy) as P; // an override has the kind of the policy with its name
}

/** Reads the current policies for a request. */
export type CurrentPolicies = (context: RequestContext) => Promise<ResolvePolicy>;

/** Remembers the overrides of `policies` for one isolate. */
export function rememberOverrides(policies: Policies): CurrentPolicies {
  let known: Overrides | undefined;
  let isAssumed = false;
  let firstLoad: Promise<void> | undefined;
  let freshUntil = Number.NEGATIVE_INFINITY;

  const resolvePolicy: ResolvePolicy = (policy) => {
    const changed = applyOverride(known ?? NO_OVERRIDES, policy);
    return isAssumed && isBucket(changed) ? { ...changed, isAssumed } : changed;
  };

  function assume(now: number): void {
    known ??= NO_OVERRIDES;
    isAssumed = true;
    freshUntil = now + RETRY_MS;
  }

  async function load(context: RequestContext): Promise<void> {
    try {
      const loaded = await within(loadOverrides(context, policies), TIMEOUT_MS);
      if (loaded === undefined) throw new Error("the namespace does not respond");
      known = loaded.value;
      isAssumed = false;
    } catch (error) {
      context.log["limit.overrides"] = error instanceof RangeError ? "invalid" : "unavailable";
      assume(context.now);
    }
  }

  return async function currentPolicies(context) {
    const { now } = context;
    if (now < freshUntil && freshUntil - now <= FRESH_MS) {
      // Requests wait only until the first load has ended. The request that started it may have ended earlier.
      if (known === undefined && firstLoad !== undefined && (await within(firstLoad, TIMEOUT_MS)) === undefined) {
        assume(now);
      }
      return resolvePolicy;
    }
    // While this request reads, other requests continue with the known policies.
    freshUntil = now + FRESH_MS;
    const loading = load(context);
    // The result serves other requests too, even if this client disconnects.
    context.defer(loading);
    if (known === undefined) firstLoad = loading;
    await loading;
    return resolvePolicy;
  };
}

function isBucket<P extends Policy>(policy: P): policy is P & BucketPolicy {
  return !(isLoad(policy) || isWindow(policy));
}

/** Reads the overrides, which the location caches for up to 30 seconds. @throws RangeError for invalid overrides */
export async function loadOverrides(
  { objects }: Pick<RequestContext, "objects">,
  policies: Policies,
): Promise<Overrides> {
  const text = await objects.LIMITS.get(OVERRIDES_KEY, { cacheTtl: 30 });
  return text === null ? NO_OVERRIDES : parseOverrides(text, policies);
}

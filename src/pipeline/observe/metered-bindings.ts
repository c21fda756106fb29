/**
 * Wraps the bindings of a request to count each call and measure how long it takes: a Durable Object method or a KV
 * operation. Rate limiting calls do not count, because they never leave the machine. A binding is wrapped only when it
 * is first used.
 */
import type { Objects } from "#core/contract/dependencies.ts";
import type { PlatformPart, UsageMeter } from "#core/data/usage.ts";

/** The same bindings, metered. Results and errors are unchanged. */
export function meterBindings(bindings: Objects, meter: UsageMeter): Objects {
  return {
    get LOGIN_ATTEMPTS() {
      return meterNamespace(bindings.LOGIN_ATTEMPTS, meter);
    },
    get PROOF_REPLAYS() {
      return meterNamespace(bindings.PROOF_REPLAYS, meter);
    },
    get TOKEN_BUCKETS() {
      return meterNamespace(bindings.TOKEN_BUCKETS, meter);
    },
    get IDEMPOTENCY_RECORDS() {
      return meterNamespace(bindings.IDEMPOTENCY_RECORDS, meter);
    },
    get LIMITS() {
      return meterCalls(bindings.LIMITS, "kv", meter);
    },
    get READ_MODELS() {
      return meterCalls(bindings.READ_MODELS, "kv", meter);
    },
    get SHIELD() {
      return bindings.SHIELD;
    },
  };
}

interface Namespace<Stub> {
  getByName(name: string): Stub;
}

/** Finding an object is not a call. */
function meterNamespace<Stub extends object>(namespace: Namespace<Stub>, meter: UsageMeter): Namespace<Stub> {
  return { getByName: (name) => meterCalls(namespace.getByName(name), "object", meter) };
}

/** A stub responds to any method name, so its methods cannot be listed. */
function meterCalls<Binding extends object>(binding: Binding, part: PlatformPart, meter: UsageMeter): Binding {
  return new Proxy(binding, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      const call = (values: readonly unknown[]): unknown => Reflect.apply(member, target, values);
      const isOwn = typeof property === "string" && !(property in Object.prototype);
      if (!isOwn) return (...values: unknown[]) => call(values);
      return (...values: unknown[]) => meter.measure(part, async () => call(values));
    },
  });
}

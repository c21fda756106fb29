/**
 * The bindings of a request, such that each call is counted and the time it is waited for measured: a method of a Durable
 * Object, an operation of KV. The platform's rate limiting is no such call, since it never leaves the machine. Costs
 * next to nothing until a binding is used: nothing is wrapped before.
 */
import type { Objects } from "#core/contract/doors.ts";
import type { PlatformPart, UsageMeter } from "#core/data/usage.ts";

/** The same bindings. A call counts for whoever makes it, whatever it is for; its results and errors are untouched. */
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

/** To find an object is no call yet. */
function meterNamespace<Stub extends object>(namespace: Namespace<Stub>, meter: UsageMeter): Namespace<Stub> {
  return { getByName: (name) => meterCalls(namespace.getByName(name), "object", meter) };
}

/** A stub has whatever method is called, so that nothing can be listed. */
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

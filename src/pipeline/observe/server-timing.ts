/**
 * Sets `Server-Timing` on responses to staff and administrators: the platform calls, the time waited for them, and the
 * source of the response. Other callers never see it: it is added after every cache of the service, and makes the
 * response private.
 */
import type { AbilityRules } from "#core/contract/ability.ts";
import type { Settled } from "#core/contract/context.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import { PLATFORM_PARTS, type PlatformUsage } from "#core/data/usage.ts";
import { formatServerTiming, type TimingMetric } from "#core/http/server-timing.ts";
import { madePrivate } from "#features/caching/cache-control.ts";

const TIMINGS = "timings";

/**
 * The permission depends on the role, not on the token's scopes, because timings describe the service, not a resource.
 */
export const timingAbilities: AbilityRules = (principal, allow) => {
  if (principal.kind === "anonymous") return;
  if (principal.roles.includes("staff") || principal.roles.includes("admin")) allow("read", TIMINGS);
};

/** `now` returns epoch milliseconds. */
export function setServerTiming(now: () => number): Stage {
  return stage("setServerTiming", { requires: ["meter"] }, async (request, next) => {
    await next();
    const { ability }: Settled = request;
    if (ability?.can("read", TIMINGS) !== true) return;
    const { http, meter, now: startedAt } = request;
    const { headers, status } = http.res;
    const caching = headers.get("Cache-Control") ?? "";
    if (madePrivate(caching) !== caching) {
      headers.set("Cache-Control", madePrivate(caching));
      // A cache copies the headers of a 304 to its stored response, which it may share with others (RFC 9111 section
      // 4.3.4).
      if (status === 304) return;
    }
    headers.set("Server-Timing", formatServerTiming(metricsOf(meter.usage, now() - startedAt)));
  });
}

function metricsOf({ calls, waited, answeredFrom }: PlatformUsage, totalMs: number): TimingMetric[] {
  const called = PLATFORM_PARTS.filter((part) => calls[part] > 0);
  return [
    ...called.map((part) => ({
      name: part,
      durationMs: waited[part],
      description: calls[part] === 1 ? "1 call" : `${calls[part]} calls`,
    })),
    ...(answeredFrom === undefined ? [] : [{ name: "source", description: answeredFrom }]),
    { name: "total", durationMs: Math.max(0, totalMs) },
  ];
}

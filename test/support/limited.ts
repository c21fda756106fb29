/** A service whose limits count in memory, on its own clock, and readers for the limit headers of its responses. */
import type { Principal } from "#core/contract/principal.ts";
import type { Limiter } from "#features/limits/limiter.ts";
import { type CountingLimiter, countingLimiter } from "./limiters.ts";
import { type Service, type ServiceOptions, startService } from "./service.ts";

export interface Limited extends Service {
  readonly limiter: CountingLimiter;
  /** The fields of the last request's log line. */
  lastLog(): Readonly<Record<string, unknown>>;
}

export function startLimited(options: ServiceOptions = {}): Limited {
  let limiter: CountingLimiter | undefined;
  const service = startService({
    ...options,
    limiter: (now): Limiter => {
      limiter = countingLimiter(now);
      return limiter;
    },
  });
  if (limiter === undefined) throw new Error("the service made no limiter");
  const isKnown = options.as !== undefined || options.dependencies?.authenticate !== undefined;
  return {
    ...(isKnown ? withCredentials(service) : service),
    limiter,
    lastLog: () => JSON.parse(service.logs.at(-1) ?? "{}"),
  };
}

/** Adds credentials to every request, so the test's authenticator is asked. */
export function withCredentials(service: Service): Service {
  return {
    ...service,
    fetch: (path, init) => {
      const headers = new Headers(init?.headers);
      headers.set("Authorization", "Bearer test");
      return service.fetch(path, { ...init, headers });
    },
  };
}

/** An account with this name. */
export function principalNamed(
  name: string,
  change: Partial<Exclude<Principal, { kind: "anonymous" }>> = {},
): Principal {
  return { kind: "user", id: `user_${name}`, roles: ["customer"], scopes: [], credential: "token", ...change };
}

/** The number in a header that must be present. */
export function numberIn(response: Response, name: string): number {
  const text = response.headers.get(name);
  if (text === null || !/^[0-9]+$/.test(text)) throw new Error(`${name} is ${text}, in ${response.status}`);
  return Number(text);
}

export const remainingIn = (response: Response): number => numberIn(response, "X-RateLimit-Remaining");

/** Sends `count` requests one after the other, and counts their statuses. */
export async function statusesOf(count: number, send: () => Promise<Response>): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  for (let index = 0; index < count; index += 1) {
    const { status } = await send();
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
}

export function from(address: string, headers: Record<string, string> = {}): RequestInit {
  return { headers: { "CF-Connecting-IP": address, ...headers } };
}

/** Measures requests: services with a tallied platform, and the cost of one request. */
import { expect } from "vitest";
import { ada, anton, bob, insertPeople, principalOf, stella } from "../features/accounts/people.ts";
import { withCredentials } from "../support/limited.ts";
import { type Service, type ServiceOptions, startService } from "../support/service.ts";
import type { Budget, Cost } from "./budgets.ts";
import type { Tally } from "./tally.ts";

/** A request to measure. */
export interface Ask {
  readonly service: Service;
  readonly status: number;
  send(): Promise<{ readonly status: number }>;
}

/** Prepares everything that a request needs, so only the request itself is measured. */
export type Scenario = (stage: Stage) => Promise<Ask>;

/** Services of one scenario. Their caches are those of an isolate that has just served another request. */
export interface Stage {
  readonly tally: Tally;
  /** A service without credentials. */
  readonly anonymous: Service;
  readonly customer: Service;
  readonly staff: Service;
  readonly admin: Service;
  start(options?: ServiceOptions): Promise<Service>;
  /** A service with empty caches. */
  startCold(options?: ServiceOptions): Service;
}

/** Inserts the accounts of the services. */
export async function insertActors(): Promise<void> {
  await insertPeople(ada, bob, stella, anton);
}

/** Sends mail through a provider, as a deployment does. */
const MAILED = {
  SLUICE_MAIL_URL: "https://mail.example.test/send",
  SLUICE_MAIL_TOKEN: "token",
  SLUICE_MAIL_FROM: "store@example.test",
} as unknown as Partial<Env>; // the Worker types contain only the values of wrangler.toml
/** Delivers mail to the local mailbox. */
export const UNMAILED = { SLUICE_MAIL_URL: "" } as Partial<Env>; // as above

export async function openStage(tally: Tally): Promise<Stage> {
  function startCold(options: ServiceOptions = {}): Service {
    const location = options.location ?? crypto.randomUUID();
    return startService({
      ...options,
      bindings: { ...tally.bindings, ...MAILED, ...options.bindings },
      dependencies: {
        openCache: () => tally.openCache(location),
        fetch: async () => new Response(null, { status: 200 }),
        ...options.dependencies,
      },
    });
  }

  async function start(options: ServiceOptions = {}): Promise<Service> {
    const service = startCold(options);
    // An isolate reads the operators' limit overrides once a minute; this request does it before the measurement.
    await service.fetch("/nothing");
    return options.as === undefined ? service : withCredentials(service);
  }

  const [anonymous, customer, staff, admin] = await Promise.all([
    start(),
    start({ as: principalOf(ada) }),
    start({ as: principalOf(stella) }),
    start({ as: principalOf(anton) }),
  ]);
  return { tally, anonymous, customer, staff, admin, start, startCold };
}

export function asking(service: Service, path: string, init: RequestInit = {}, status = 200): Ask {
  return { service, status, send: () => service.fetch(path, init) };
}

/** The cost of a request. The service counts until the response; the platform also counts the work after it. */
export async function costOf(scenario: Scenario, tally: Tally): Promise<Budget> {
  const { service, status, send } = await scenario(await openStage(tally));
  tally.take();
  const before = service.logs.length;
  expect((await send()).status).toBe(status);
  const { rows, cache, ...all } = tally.take();
  const [line = "{}", ...more] = service.logs.slice(before);
  expect(more, "log lines besides that of the request").toEqual([]);
  const counted: Readonly<Record<string, number | undefined>> = JSON.parse(line);
  const d1 = counted["db.round_trips"] ?? 0;
  const objects = counted["platform.objects"] ?? 0;
  const kv = counted["platform.kv"] ?? 0;
  // A write to the cache may or may not have started when the response is sent.
  expect(counted["platform.cache"] ?? 0).toBeLessThanOrEqual(cache);
  const after = positive({ d1: all.d1 - d1, objects: all.objects - objects, kv: all.kv - kv });
  const isOver = Object.keys(after).length === 0;
  return { ...positive({ d1, objects, kv, cache, rows }), ...(isOver ? {} : { after }) };
}

/** Omits zeros, as budgets do. */
function positive(cost: Cost): Cost {
  return Object.fromEntries(Object.entries(cost).filter(([, count]) => count !== 0));
}

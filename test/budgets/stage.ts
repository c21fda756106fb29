/**
 * Where requests are measured: services whose platform is tallied, and one request with what it cost.
 */
import { expect } from "vitest";
import { ada, anton, bob, insertPeople, principalOf, stella } from "../features/accounts/people.ts";
import { sayingWho } from "../support/limited.ts";
import { type Service, type ServiceOptions, startService } from "../support/service.ts";
import type { Budget, Cost } from "./budgets.ts";
import type { Tally } from "./tally.ts";

/** A request that is about to be measured. */
export interface Ask {
  readonly service: Service;
  readonly status: number;
  send(): Promise<{ readonly status: number }>;
}

/** Makes what a request needs, so that nothing but the request remains. */
export type Scenario = (stage: Stage) => Promise<Ask>;

/** Services of one scenario. Their memories are those of an isolate that has just answered something else, elsewhere. */
export interface Stage {
  readonly tally: Tally;
  /** Without credentials. */
  readonly anybody: Service;
  readonly customer: Service;
  readonly staff: Service;
  readonly admin: Service;
  start(options?: ServiceOptions): Promise<Service>;
  /** One that remembers nothing yet. */
  startCold(options?: ServiceOptions): Service;
}

/** The accounts that act. */
export async function insertActors(): Promise<void> {
  await insertPeople(ada, bob, stella, anton);
}

/** Mail is sent, as in a deployment. */
const MAILED = {
  SLUICE_MAIL_URL: "https://mail.example.test/send",
  SLUICE_MAIL_TOKEN: "token",
  SLUICE_MAIL_FROM: "store@example.test",
} as unknown as Partial<Env>; // worker types know the values of wrangler.toml alone
/** Mail goes to the local mailbox. */
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
    // The limits that operators changed are asked for once a minute.
    await service.fetch("/nothing");
    return options.as === undefined ? service : sayingWho(service);
  }

  const [anybody, customer, staff, admin] = await Promise.all([
    start(),
    start({ as: principalOf(ada) }),
    start({ as: principalOf(stella) }),
    start({ as: principalOf(anton) }),
  ]);
  return { tally, anybody, customer, staff, admin, start, startCold };
}

export function asking(service: Service, path: string, init: RequestInit = {}, status = 200): Ask {
  return { service, status, send: () => service.fetch(path, init) };
}

/** What a request costs: until its answer as the service itself counts it, and after it as the platform does. */
export async function costOf(scenario: Scenario, tally: Tally): Promise<Budget> {
  const { service, status, send } = await scenario(await openStage(tally));
  tally.take();
  const before = service.logs.length;
  expect((await send()).status).toBe(status);
  const { rows, cache, ...all } = tally.take();
  const [line = "{}", ...more] = service.logs.slice(before);
  expect(more, "lines of the log beside the request's own").toEqual([]);
  const counted: Readonly<Record<string, number | undefined>> = JSON.parse(line);
  const d1 = counted["db.round_trips"] ?? 0;
  const objects = counted["platform.objects"] ?? 0;
  const kv = counted["platform.kv"] ?? 0;
  // What is put into the cache may or may not be under way when the answer is sent.
  expect(counted["platform.cache"] ?? 0).toBeLessThanOrEqual(cache);
  const after = positive({ d1: all.d1 - d1, objects: all.objects - objects, kv: all.kv - kv });
  const isOver = Object.keys(after).length === 0;
  return { ...positive({ d1, objects, kv, cache, rows }), ...(isOver ? {} : { after }) };
}

/** Without what is 0, as budgets are written. */
function positive(cost: Cost): Cost {
  return Object.fromEntries(Object.entries(cost).filter(([, count]) => count !== 0));
}

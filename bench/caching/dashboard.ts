/**
 * A polled dashboard: a few dozen clients poll the same resources every second, while something changes every three
 * seconds. Measures the database load per thousand requests.
 */
import { setTimeout } from "node:timers/promises";
import { ARMS, type Arm, line, median, saved } from "./arms.ts";
import { Client } from "./client.ts";
import type { CountedService, Load } from "./counted-service.ts";
import { PRODUCT, type Shopkeeper } from "./shopkeeper.ts";

const CLIENTS = 24;
const STAFF_CLIENTS = 6;
const EVERY_MS = 1000;
const WRITE_EVERY_MS = 3000;
const TURNS = 2;
const SECONDS = 6;

const PUBLIC_WIDGETS = [
  "/v1/products?limit=20&sort=-created_at",
  "/v1/products?q=waterproof&facets=category,brand",
  PRODUCT,
  "/v1/products/prod_01jn8cdan3fbdbtb81wxsb6bqg",
];
const STAFF_WIDGETS = ["/v1/orders?limit=20"];

const DASHBOARDS = ["anonymous", "staff"] as const;
type Dashboard = (typeof DASHBOARDS)[number];

/** Per dashboard and arm: the median of its turns, per thousand requests. */
type DashboardLoads = Readonly<Record<Dashboard, Readonly<Record<Arm["name"], Load>>>>;

export interface Store {
  readonly service: CountedService;
  readonly shopkeeper: Shopkeeper;
}

export async function pollDashboards(stores: Readonly<Record<Arm["service"], Store>>): Promise<DashboardLoads> {
  const taken: Record<Dashboard, Record<Arm["name"], Load[]>> = {
    anonymous: { A: [], B: [], C: [] },
    staff: { A: [], B: [], C: [] },
  };
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const arm of ARMS) {
      const loads = await poll(stores[arm.service], arm);
      for (const dashboard of DASHBOARDS) taken[dashboard][arm.name].push(ofThousand(loads[dashboard]));
    }
  }
  const medians = (dashboard: Dashboard) => ({
    A: medianLoad(taken[dashboard].A),
    B: medianLoad(taken[dashboard].B),
    C: medianLoad(taken[dashboard].C),
  });
  return { anonymous: medians("anonymous"), staff: medians("staff") };
}

async function poll({ service, shopkeeper }: Store, arm: Arm) {
  const clients = Array.from({ length: CLIENTS + STAFF_CLIENTS }, (_, index) => {
    const isStaff = index >= CLIENTS;
    const account: Dashboard = isStaff ? "staff" : "anonymous";
    const client = new Client({
      origin: service.origin,
      account,
      address: `10.1.${arm.name.charCodeAt(0)}.${index + 1}`,
      tags: arm.keepsTags ? new Map<string, string>() : undefined,
      token: isStaff ? shopkeeper.staffToken : undefined,
    });
    return { client, widgets: isStaff ? STAFF_WIDGETS : PUBLIC_WIDGETS, index };
  });
  // Excludes the first round, in which the clients' caches are empty.
  await Promise.all(clients.map(({ client, widgets }) => showAll(client, widgets)));
  await service.takeCounts();
  const endsAt = performance.now() + SECONDS * 1000;
  await Promise.all([
    ...clients.map(async ({ client, widgets, index }) => {
      await setTimeout((index * EVERY_MS) / clients.length);
      while (performance.now() < endsAt) {
        const nextAt = performance.now() + EVERY_MS;
        await showAll(client, widgets);
        await setTimeout(Math.max(0, Math.min(nextAt, endsAt) - performance.now()));
      }
    }),
    (async () => {
      for (let written = 0; ; written += 1) {
        await setTimeout(written === 0 ? WRITE_EVERY_MS / 2 : WRITE_EVERY_MS);
        if (performance.now() >= endsAt) return;
        await (written % 2 === 0 ? shopkeeper.changeProduct() : shopkeeper.placeOrder());
      }
    })(),
  ]);
  return service.takeCounts();
}

async function showAll(client: Client, widgets: readonly string[]): Promise<void> {
  for (const path of widgets) await client.get(path);
}

const MEASURES = ["requests", "roundTrips", "rowsRead", "waited"] as const satisfies readonly (keyof Load)[];

function ofThousand(load: Load | undefined): Load {
  const { requests = 0, roundTrips = 0, rowsRead = 0, waited = 0 } = load ?? {};
  const of = (count: number) => (1000 * count) / requests;
  return { requests, roundTrips: of(roundTrips), rowsRead: of(rowsRead), waited: of(waited) };
}

function medianLoad(loads: readonly Load[]): Load {
  const of = (measure: (typeof MEASURES)[number]) => median(loads.map((load) => load[measure]));
  return { requests: of("requests"), roundTrips: of("roundTrips"), rowsRead: of("rowsRead"), waited: of("waited") };
}

const CLIENTS_OF: Readonly<Record<Dashboard, string>> = {
  anonymous: `${CLIENTS} anonymous clients, each polling ${PUBLIC_WIDGETS.length} resources`,
  staff: `${STAFF_CLIENTS} staff clients with a token, each polling the list of orders, which is never in a shared cache`,
};

export function dashboardText(loads: DashboardLoads): string {
  const text = [
    `A polled dashboard: load on the database per 1,000 requests; polled every ${EVERY_MS / 1000} s, something changes every ${WRITE_EVERY_MS / 1000} s.`,
  ];
  for (const dashboard of DASHBOARDS) {
    const base = loads[dashboard].A;
    text.push(
      "",
      `  ${CLIENTS_OF[dashboard]}`,
      line("", ["requests", "rows read", "saved", "ms waited", "saved", "calls", "saved"]),
    );
    for (const { name, title } of ARMS) {
      const { requests, rowsRead, waited, roundTrips } = loads[dashboard][name];
      const cells = [
        [rowsRead, base.rowsRead] as const,
        [waited, base.waited] as const,
        [roundTrips, base.roundTrips] as const,
      ];
      text.push(
        line(title, [requests.toFixed(0), ...cells.flatMap(([value, of]) => [value.toFixed(0), saved(value, of)])]),
      );
    }
  }
  return [...text, ""].join("\n");
}

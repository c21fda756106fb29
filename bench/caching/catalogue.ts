/**
 * A catalogue that changes several times a second, and anonymous readers. There are few enough readers that the service
 * keeps up in every arm, so the latency contains no queueing.
 */
import { setTimeout } from "node:timers/promises";
import { type Random, randomOf } from "../../scripts/seed/random.ts";
import { ARMS, type Arm, line, median, saved } from "./arms.ts";
import { Client, type Exchange } from "./client.ts";
import type { Store } from "./dashboard.ts";
import { PRODUCT } from "./shopkeeper.ts";

const READERS = 40;
/** The average time between two requests of a reader. */
const LOOK_MS = 250;
const WRITE_AFTER_MS = { least: 200, most: 500 } as const;
const TURNS = 2;
const SECONDS = 2.5;

const CATEGORIES = ["keyboards", "headphones", "cameras", "cookware", "tents", "backpacks", "desk-lamps", "bicycles"];

/** Twenty paths, the most popular first. */
const PATHS: readonly string[] = [
  "/v1/products?limit=20",
  PRODUCT,
  "/v1/products?limit=20&sort=-created_at",
  ...CATEGORIES.map((category) => `/v1/products?filter[category]=${category}`),
  "/v1/products/prod_01hk289fvtenv8hdssce72sw5w",
  "/v1/products/prod_01j0bcfz1xfbqskc5mm0j2gv4n",
  "/v1/products/prod_01jejeeqnye54rqrt5j42r4fa7",
  "/v1/products/prod_01jwkbp0pzf9wv3z7wp5e4r3j0",
  "/v1/products/prod_01k99k720pf1atn0cx0qxgps4w",
  "/v1/products?q=waterproof",
  "/v1/products?facets=category,brand",
  "/v1/products?filter[category]=keyboards&sort=price&fields=id,name,price",
  "/v1/products?filter[category]=keyboards&facets=brand",
];
const WEIGHTS = PATHS.map((_, index) => 1 / (index + 1));

interface Latency {
  readonly medianMs: number;
  readonly meanMs: number;
  readonly p95Ms: number;
  /** A fraction of 1. */
  readonly hits: number;
  readonly unchanged: number;
  readonly requests: number;
}

/** The arms, and one more: clients that reuse a response for two seconds, as with `max-age=2`. */
interface CatalogueArm extends Omit<Arm, "name"> {
  readonly name: Arm["name"] | "T";
  readonly keptMs?: number;
}

const [NOTHING, TAGS, EDGE] = ARMS;
const CATALOGUE_ARMS: readonly CatalogueArm[] = [
  NOTHING,
  TAGS,
  { name: "T", title: "T  clients' max-age of 2 s", service: "without", keepsTags: true, keptMs: 2000 },
  EDGE,
];

type CatalogueLatencies = Readonly<Record<CatalogueArm["name"], Latency>>;

export async function readCatalogue(stores: Readonly<Record<Arm["service"], Store>>): Promise<CatalogueLatencies> {
  const taken: Record<CatalogueArm["name"], Latency[]> = { A: [], B: [], T: [], C: [] };
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const arm of CATALOGUE_ARMS) {
      taken[arm.name].push(latencyOf(await read(stores[arm.service], arm, turn)));
    }
  }
  return { A: medianOf(taken.A), B: medianOf(taken.B), T: medianOf(taken.T), C: medianOf(taken.C) };
}

/** Each arm has the same choices of readers and the same times of writes. */
async function read({ service, shopkeeper }: Store, arm: CatalogueArm, turn: number): Promise<Exchange[]> {
  const readers = Array.from({ length: READERS }, (_, index) => {
    const client = new Client({
      origin: service.origin,
      account: "catalogue",
      address: `10.2.${arm.name.charCodeAt(0)}.${index + 1}`,
      tags: arm.keepsTags ? new Map<string, string>() : undefined,
      keptMs: arm.keptMs ?? 0,
    });
    return { client, random: randomOf(`reader-${turn}-${index}`) };
  });
  // Excludes the setup of a client's first request.
  await Promise.all(readers.map(({ client }) => client.get(PRODUCT)));
  const endsAt = performance.now() + SECONDS * 1000;
  const isOver = () => performance.now() >= endsAt;
  const exchanges: Exchange[] = [];
  async function browse({ client, random }: (typeof readers)[number]): Promise<void> {
    for (;;) {
      await setTimeout(-Math.log(1 - random()) * LOOK_MS);
      if (isOver()) return;
      exchanges.push(await client.get(popular(random)));
    }
  }
  async function keepChanging(): Promise<void> {
    const random = randomOf(`writes-${turn}`);
    for (;;) {
      await setTimeout(WRITE_AFTER_MS.least + random() * (WRITE_AFTER_MS.most - WRITE_AFTER_MS.least));
      if (isOver()) return;
      await shopkeeper.changeProduct();
    }
  }
  await Promise.all([...readers.map(browse), keepChanging()]);
  return exchanges;
}

/** Selects the first path twice as often as the second, and three times as often as the third (Zipf's law). */
function popular(random: Random): string {
  let left = random() * WEIGHTS.reduce((sum, weight) => sum + weight, 0);
  const index = WEIGHTS.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return PATHS[index] ?? PRODUCT;
}

function latencyOf(exchanges: readonly Exchange[]): Latency {
  const sorted = exchanges.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const share = (holds: (exchange: Exchange) => boolean) => exchanges.filter(holds).length / exchanges.length;
  return {
    medianMs: median(sorted),
    meanMs: sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
    p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    hits: share(({ isHit }) => isHit),
    unchanged: share(({ status }) => status === 304),
    requests: exchanges.length,
  };
}

function medianOf(turns: readonly Latency[]): Latency {
  const of = (measure: keyof Latency) => median(turns.map((turn) => turn[measure]));
  return {
    medianMs: of("medianMs"),
    meanMs: of("meanMs"),
    p95Ms: of("p95Ms"),
    hits: of("hits"),
    unchanged: of("unchanged"),
    requests: of("requests"),
  };
}

export function catalogueText(latencies: CatalogueLatencies, where: string): string {
  const { least, most } = WRITE_AFTER_MS;
  const text = [
    `A catalogue that changes every ${least} to ${most} ms: latency of ${READERS} readers of ${PATHS.length} URLs; ${where}.`,
    "",
    line("", ["requests", "from edge", "304", "median ms", "saved", "mean ms", "saved", "p95 ms", "saved"]),
  ];
  const { A: base } = latencies;
  for (const { name, title } of CATALOGUE_ARMS) {
    const { requests, hits, unchanged, medianMs, meanMs, p95Ms } = latencies[name];
    const times = [[medianMs, base.medianMs] as const, [meanMs, base.meanMs] as const, [p95Ms, base.p95Ms] as const];
    text.push(
      line(title, [
        requests.toFixed(0),
        `${(100 * hits).toFixed(0)} %`,
        `${(100 * unchanged).toFixed(0)} %`,
        ...times.flatMap(([value, of]) => [value.toFixed(1), saved(value, of)]),
      ]),
    );
  }
  return [...text, ""].join("\n");
}

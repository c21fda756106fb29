/**
 * `npm run bench`: measures reads per second and latencies of the local server over loopback, two seconds per route
 * with sixteen concurrent requests. They come from many clients, each with its own address and within its limits. The
 * server shares the machine with the client, so compare rows only with each other. On a busy machine, CPU time is more
 * reliable than requests per second. bench/limits.ts measures the cost of limits.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../scripts/local/server.ts";
import { runtimeCpuMs } from "./runtime-cpu.ts";

const SECONDS = 2;
const PARALLEL = 16;
/** Slightly less than an anonymous address may take at once. */
const TOKENS_A_CLIENT = 80;
const PRODUCT = "/v1/products/prod_01hk24mtj6fnka55e09a4btv9s";

interface Route {
  readonly name: string;
  readonly path: string;
  readonly expected: 200 | 304;
  /** In tokens, as in the OpenAPI document. Unmetered operations cost nothing. */
  readonly cost: number;
}

interface Result {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** The runtime's CPU time per request. */
  readonly cpuMs: number;
}

const ROUTES: readonly Route[] = [
  { name: "liveness (no database)", path: "/livez", expected: 200, cost: 0 },
  { name: "one product", path: PRODUCT, expected: 200, cost: 1 },
  { name: "one product, unchanged", path: PRODUCT, expected: 304, cost: 1 },
  { name: "page of 20", path: "/v1/products?limit=20", expected: 200, cost: 2 },
  { name: "page of 20, unchanged", path: "/v1/products?limit=20", expected: 304, cost: 2 },
  { name: "search with facets", path: "/v1/products?q=waterproof&facets=category,brand", expected: 200, cost: 7 },
];

let taken = 0;

const directory = mkdtempSync(join(tmpdir(), "bench-"));
const server = await startServer({ port: 0, stateDirectory: directory, log: () => undefined });
const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });
try {
  console.log("route                       per second   median ms    p99 ms    CPU ms");
  for (const route of ROUTES) {
    const headers = route.expected === 304 ? { "If-None-Match": await tagOf(route.path) } : {};
    await measure(route, headers, 0.5);
    const { perSecond, medianMs, p99Ms, cpuMs } = await measure(route, headers, SECONDS);
    console.log(
      route.name.padEnd(26) +
        perSecond.toFixed(0).padStart(12) +
        medianMs.toFixed(1).padStart(12) +
        p99Ms.toFixed(1).padStart(10) +
        cpuMs.toFixed(2).padStart(10),
    );
  }
} finally {
  agent.destroy();
  await server.stop();
  rmSync(directory, { recursive: true });
}

async function measure(route: Route, headers: Record<string, string>, seconds: number): Promise<Result> {
  const startedAt = performance.now();
  const usedBefore = runtimeCpuMs();
  const endsAt = startedAt + seconds * 1000;
  const latencies: number[] = [];
  async function client(): Promise<void> {
    while (performance.now() < endsAt) {
      const sentAt = performance.now();
      const { status } = await request(route.path, { ...headers, "CF-Connecting-IP": nextAddress(route.cost) });
      if (status !== route.expected)
        throw new Error(`${route.path} responded with ${status} instead of ${route.expected}`);
      latencies.push(performance.now() - sentAt);
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, client));
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    perSecond: (latencies.length * 1000) / (performance.now() - startedAt),
    medianMs: at(0.5),
    p99Ms: at(0.99),
    cpuMs: (runtimeCpuMs() - usedBefore) / latencies.length,
  };
}

/** The address of the next request. The local server trusts the header that the platform would set. */
function nextAddress(cost: number): string {
  const client = Math.floor(taken / TOKENS_A_CLIENT);
  taken += cost;
  return `10.${(client >> 16) & 255}.${(client >> 8) & 255}.${client & 255}`;
}

async function tagOf(path: string): Promise<string> {
  return (await request(path, {})).etag;
}

function request(path: string, headers: Record<string, string>): Promise<{ status: number; etag: string }> {
  return new Promise((resolve, reject) => {
    const sent = get(`${server.url}${path}`, { agent, headers }, (response) => {
      response.resume();
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, etag: String(response.headers.etag ?? "") }),
      );
    });
    sent.once("error", reject);
  });
}

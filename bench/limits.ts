/**
 * `npm run bench:limits`: what limits cost. The same route with and without them, in one run and turn by turn, over
 * loopback: latency, throughput, and the runtime's processor time, each with what limits add to it or take away; how often buckets are asked for a steady client at half of 1,000 a second and for a flood that is refused;
 * and what becomes of 1,000 requests at once. Server and client share the machine: compare the rows with each other.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMiniflare, stopMiniflare } from "../scripts/local/runtime.ts";
import { PROJECT_DIRECTORY, runWrangler } from "../scripts/wrangler-command.ts";
import { runtimeCpuMs } from "./runtime-cpu.ts";

const SECONDS = 1;
const TURNS = 7;
const PARALLEL = 16;

interface Counts {
  readonly requests: number;
  readonly calls: number;
}

/** The limiter alone behind a route, beside the same route without it. Counts what goes to the buckets. */
const WORKER = `
  import { createLimiter } from "${PROJECT_DIRECTORY}/src/limits/limiter.ts";
  import { findObject } from "${PROJECT_DIRECTORY}/src/limits/objects.ts";
  export { TokenBucket } from "${PROJECT_DIRECTORY}/src/limits/token-bucket.ts";

  const counts = { requests: 0, calls: 0 };
  const common = { whenUnavailable: "closed", shadow: false };
  const policies = {
    wide: { name: "wide", capacity: 1_000_000, refillPerSecond: 1_000_000, mode: "lent", ...common },
    thousand: { name: "thousand", capacity: 2000, refillPerSecond: 1000, mode: "lent", ...common },
    exact: { name: "exact", capacity: 2000, refillPerSecond: 1000, mode: "exact", ...common },
    burst: { name: "burst", capacity: 100, refillPerSecond: 10, mode: "lent", ...common },
  };
  function counted(name, isNear, surroundings) {
    const lender = findObject(name, isNear, surroundings);
    return { ask: (ask) => (counts.calls += 1, lender.ask(ask)), giveBack: (rule, n) => (counts.calls += 1, lender.giveBack(rule, n)) };
  }
  const limiter = createLimiter(() => Date.now(), counted);

  export default {
    async fetch(request, env, context) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/counts") return Response.json(counts);
      counts.requests += 1;
      const policy = policies[pathname.slice(1)];
      if (policy === undefined) return new Response("ok");
      const surroundings = { objects: env, defer: (work) => context.waitUntil(work.catch(() => undefined)) };
      const [standing] = await limiter.charge([{ policy, key: searchParams.get("key") ?? "a", cost: 1 }], surroundings);
      return new Response("ok", { status: standing.allowed ? 200 : 429 });
    },
  };
`;

const directory = mkdtempSync(join(tmpdir(), "bench-limits-"));
const entry = join(directory, "worker.js");
writeFileSync(entry, WORKER);
const config = join(directory, "wrangler.toml");
writeFileSync(config, 'name = "bench"\nmain = "worker.js"\ncompatibility_date = "2026-10-01"\n');
const built = join(directory, "built");
const { exitCode, stderr } = await runWrangler(["deploy", "--dry-run", "--outdir", built, "--config", config]);
if (exitCode !== 0) throw new Error(stderr);
const miniflare = startMiniflare(
  { host: "127.0.0.1", port: 0, storageDirectory: join(directory, "state"), print: () => undefined },
  {
    name: "bench",
    compatibilityDate: "2026-10-01",
    compatibilityFlags: ["nodejs_compat"],
    modules: [{ type: "ESModule", path: join(built, "worker.js") }],
    modulesRoot: built,
    durableObjects: { TOKEN_BUCKETS: { className: "TokenBucket", useSQLite: true } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  },
);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
try {
  await miniflare.ready;
  const { origin } = await miniflare.unsafeGetDirectURL("bench");
  await cost(origin);
  await callsOf(origin, "steady client, 500/s of 1,000/s", "/thousand", 500);
  await callsOf(origin, "the same, exact", "/exact", 500);
  await callsOf(origin, "flood of 1,000/s, policy of 10/s", "/burst", 1000);
  await burst(origin);
} finally {
  agent.destroy();
  await stopMiniflare(miniflare);
  rmSync(directory, { recursive: true });
}

interface Row {
  readonly name: string;
  /** Where the next request goes. */
  path(): string;
  readonly runs: Run[];
}

interface Run {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly cpuMs: number;
}

async function cost(origin: string): Promise<void> {
  let keys = 0;
  const rows: Row[] = [
    { name: "without limits", path: () => "/none", runs: [] },
    { name: "with a lent bucket", path: () => "/wide", runs: [] },
    { name: "with an exact bucket", path: () => "/exact", runs: [] },
    { name: "each with a new bucket", path: () => `/wide?key=new${keys++}`, runs: [] },
  ];
  for (const row of rows) await load(origin, row, 1.5);
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const row of rows) row.runs.push(await load(origin, row, SECONDS));
  }
  const [none, ...others] = rows.map(({ name, runs }) => ({
    name,
    perSecond: median(runs.map(({ perSecond }) => perSecond)),
    medianMs: median(runs.map(({ medianMs }) => medianMs)),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
  }));
  if (none === undefined) return;
  console.log("route                              per second   lost  median ms    added  CPU ms  added");
  for (const { name, perSecond, medianMs, cpuMs } of [none, ...others]) {
    const lost = (100 * (1 - perSecond / none.perSecond)).toFixed(0);
    console.log(
      [
        name.padEnd(35),
        perSecond.toFixed(0).padStart(10),
        `${lost} %`.padStart(7),
        medianMs.toFixed(2).padStart(11),
        (medianMs - none.medianMs).toFixed(2).padStart(9),
        cpuMs.toFixed(2).padStart(8),
        (cpuMs - none.cpuMs).toFixed(2).padStart(7),
      ].join(""),
    );
  }
}

/** As many requests as sixteen clients can send. The processor's time is the runtime's alone, for one request. */
async function load(origin: string, { path }: Row, seconds: number): Promise<Run> {
  const startedAt = performance.now();
  const usedBefore = runtimeCpuMs();
  const endsAt = startedAt + seconds * 1000;
  const latencies: number[] = [];
  async function client(): Promise<void> {
    while (performance.now() < endsAt) {
      const sentAt = performance.now();
      await status(origin + path());
      latencies.push(performance.now() - sentAt);
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, client));
  return {
    perSecond: (latencies.length * 1000) / (performance.now() - startedAt),
    medianMs: median(latencies),
    cpuMs: (runtimeCpuMs() - usedBefore) / latencies.length,
  };
}

/** Requests at even distances for some seconds, after two to settle in. */
async function callsOf(origin: string, name: string, path: string, perSecond: number): Promise<void> {
  const key = `?key=${encodeURIComponent(name)}`;
  await paced(origin + path + key, perSecond, 2);
  const before = await countsOf(origin);
  const refused = await paced(origin + path + key, perSecond, 5);
  const after = await countsOf(origin);
  const requests = after.requests - before.requests;
  const calls = after.calls - before.calls;
  console.log(
    `${name}: ${((1000 * calls) / requests).toFixed(1)} calls per 1,000 requests, ${(calls / 5).toFixed(1)} a second; ${refused} of ${requests} refused`,
  );
}

async function paced(url: string, perSecond: number, seconds: number): Promise<number> {
  const startedAt = performance.now();
  const sent: Promise<number>[] = [];
  while (sent.length < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - startedAt) * perSecond) / 1000));
    while (sent.length < due) sent.push(status(url));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return (await Promise.all(sent)).filter((code) => code === 429).length;
}

async function burst(origin: string): Promise<void> {
  const startedAt = performance.now();
  const codes = await Promise.all(Array.from({ length: 1000 }, () => status(`${origin}/burst?key=burst`)));
  const seconds = (performance.now() - startedAt) / 1000;
  const admitted = codes.filter((code) => code === 200).length;
  const bound = Math.floor(100 + 10 * seconds);
  console.log(
    `1,000 at once, capacity 100, 10/s: ${admitted} admitted in ${seconds.toFixed(2)} s; the bound is ${bound}`,
  );
}

async function countsOf(origin: string): Promise<Counts> {
  const response = await fetch(`${origin}/counts`);
  return (await response.json()) as Counts; // what the worker above says
}

function status(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    sent.once("error", reject);
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

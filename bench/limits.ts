/**
 * `npm run bench:limits`: the cost of limits. It measures one route with and without them, alternately, over loopback:
 * latency, throughput and CPU time. It counts the calls to buckets for a steady client and for a refused flood, and the
 * admitted ones of 1,000 requests at once. Server and client share the machine, so compare only rows of one run.
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

/** A route with the limiter alone, and the same route without it. It counts the calls to buckets. */
const WORKER = `
  import { createLimiter } from "${PROJECT_DIRECTORY}/src/features/limits/limiter.ts";
  import { findObject } from "${PROJECT_DIRECTORY}/src/features/limits/object/find-object.ts";
  export { TokenBucket } from "${PROJECT_DIRECTORY}/src/features/limits/object/token-bucket.ts";

  const counts = { requests: 0, calls: 0 };
  const common = { whenUnavailable: "closed", shadow: false };
  const policies = {
    wide: { name: "wide", capacity: 1_000_000, refillPerSecond: 1_000_000, mode: "leased", ...common },
    thousand: { name: "thousand", capacity: 2000, refillPerSecond: 1000, mode: "leased", ...common },
    exact: { name: "exact", capacity: 2000, refillPerSecond: 1000, mode: "exact", ...common },
    burst: { name: "burst", capacity: 100, refillPerSecond: 10, mode: "leased", ...common },
  };
  function findCounted(name, useLocation, context) {
    const object = findObject(name, useLocation, context);
    return {
      requestLease: (request) => (counts.calls += 1, object.requestLease(request)),
      giveBackTokens: (rule, tokens) => (counts.calls += 1, object.giveBackTokens(rule, tokens)),
    };
  }
  const limiter = createLimiter(() => Date.now(), findCounted);

  export default {
    async fetch(request, env, execution) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/counts") return Response.json(counts);
      counts.requests += 1;
      const policy = policies[pathname.slice(1)];
      if (policy === undefined) return new Response("ok");
      const context = { objects: env, defer: (work) => execution.waitUntil(work.catch(() => undefined)) };
      const [standing] = await limiter.charge([{ policy, key: searchParams.get("key") ?? "a", cost: 1 }], context);
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
  /** The path of the next request. */
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
    { name: "with a leased bucket", path: () => "/wide", runs: [] },
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

/** Sends as many requests as sixteen clients can. The CPU time is that of the runtime for one request. */
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

/** Sends requests at even intervals for five seconds, after two seconds of warm-up. */
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
  return (await response.json()) as Counts; // the response of the worker above
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

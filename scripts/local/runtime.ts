/**
 * The Workers runtime on this machine, through Miniflare. Bindings come from wrangler.toml and nowhere else. It
 * guarantees that nothing leaves the machine, and that signals are left to whoever started the server.
 */
import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  Miniflare,
  type V4WorkerOptions,
  type V4WorkerOptionsShape,
} from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { WRANGLER_CONFIG } from "../wrangler-command.ts";
import type { Bundle } from "./bundle.ts";
import { rateLimitBindings, rateLimitWorker } from "./rate-limits.ts";

export interface RuntimeOptions {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Where databases, namespaces and Durable Objects are kept. */
  storageDirectory: string;
  /** Receives what the Worker writes to its console, one call a message. */
  print: (line: string) => void;
}

/** What wrangler.toml declares of the Worker, as Miniflare takes it. */
export function readWorkerOptions(): V4WorkerOptionsShape {
  // Rules tell how to find modules; a bundle's are all listed.
  const { modulesRules: _rules, ...worker } = unstable_getMiniflareWorkerOptions(WRANGLER_CONFIG).workerOptions;
  return worker;
}

/**
 * Starts the bundled Worker and resolves to its origin when it listens; `vars` replace those of wrangler.toml by name.
 * The runtime serves the port itself: Miniflare's own front would compress answers behind their strong entity tags,
 * believe headers about the URL, and cost several times what the Worker does.
 */
export function startWorker(
  bundle: Bundle,
  vars: Record<string, string>,
  options: RuntimeOptions,
): { readonly miniflare: Miniflare; readonly origin: Promise<string> } {
  const { ratelimits = {}, ...worker } = readWorkerOptions();
  const miniflare = startMiniflare(
    { ...options, port: 0 },
    {
      ...worker,
      unsafeDirectSockets: [{ host: options.host, port: options.port }],
      name: "sluice",
      modules: bundle.modules,
      modulesRoot: bundle.directory,
      bindings: { ...worker.bindings, ...vars },
      serviceBindings: { ...worker.serviceBindings, ...rateLimitBindings(ratelimits) },
    },
    rateLimitWorker(worker.compatibilityDate),
  );
  const origin = miniflare.ready.then(async () => (await miniflare.unsafeGetDirectURL("sluice")).origin);
  return { miniflare, origin };
}

/** Starts the runtime with these Workers, of which the first is asked; it listens when `ready` resolves. */
export function startMiniflare(options: RuntimeOptions, ...workers: V4WorkerOptions[]): Miniflare {
  const converted = convertV4MiniflareOptions({
    host: options.host,
    port: options.port,
    resourcePersistencePath: options.storageDirectory,
    cf: false,
    telemetry: { enabled: false },
    logRequests: false,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ message }) => options.print(message),
    workers,
  });
  return withoutSignalHandlers(() => new Miniflare(converted));
}

/** Stops a runtime, whether or not it ever started. */
export async function stopMiniflare(miniflare: Miniflare): Promise<void> {
  try {
    await miniflare.dispose();
  } catch {
    // It cleans up in any case, and then repeats why it did not start, which whoever awaited `ready` already knows.
  }
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Miniflare would end the whole process on a signal, with an exit code of failure. */
function withoutSignalHandlers<T>(start: () => T): T {
  const before = STOP_SIGNALS.map((signal) => new Set(process.listeners(signal)));
  const started = start();
  STOP_SIGNALS.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) {
      if (before[index]?.has(listener) !== true) {
        process.off(signal, listener);
      }
    }
  });
  return started;
}

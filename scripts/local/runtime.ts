/**
 * The local Workers runtime, through Miniflare. All bindings come from wrangler.toml. The runtime sends nothing to
 * other machines, and leaves signals to the process that started the server.
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
  /** The directory of databases, namespaces and Durable Objects. */
  storageDirectory: string;
  /** Receives the Worker's console output, one call per message. */
  print: (line: string) => void;
}

/** The Worker's configuration in wrangler.toml, in Miniflare's format. */
export function readWorkerOptions(): V4WorkerOptionsShape {
  // Rules locate modules. A bundle lists all of its modules.
  const { modulesRules: _rules, ...worker } = unstable_getMiniflareWorkerOptions(WRANGLER_CONFIG).workerOptions;
  return worker;
}

/**
 * Starts the bundled Worker and resolves to its origin when it listens. `vars` override those of wrangler.toml by name.
 * The runtime serves the port itself. Miniflare's own front server would compress responses that have strong ETags,
 * trust headers about the URL, and use several times the CPU time of the Worker.
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

/** Starts the runtime with these Workers, the first of which serves requests. It listens when `ready` resolves. */
export function startMiniflare(options: RuntimeOptions, ...workers: V4WorkerOptions[]): Miniflare {
  const converted = convertV4MiniflareOptions({
    host: options.host,
    port: options.port,
    resourcePersistencePath: options.storageDirectory,
    cf: false,
    telemetry: { enabled: false },
    logRequests: false,
    unsafeTriggerHandlers: true,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ message }) => options.print(message),
    workers,
  });
  return withoutSignalHandlers(() => new Miniflare(converted));
}

/** Stops a runtime, even if it never started. */
export async function stopMiniflare(miniflare: Miniflare): Promise<void> {
  try {
    await miniflare.dispose();
  } catch {
    // It cleans up in any case, then throws the start failure again, which the code that awaited `ready` has already
    // received.
  }
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Removes Miniflare's signal handlers, which would end this process with a failure code. */
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

/**
 * The local server: the bundle of a deployment on embedded storage. It serves requests only after the store is migrated
 * and seeded. Nothing that it starts outlives it, and an unexpected end of the runtime is detected. If a step of the
 * start fails, everything that was started is stopped again.
 */
import { randomUUID } from "node:crypto";
import { statfsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DEMO_CLIENT_SECRET } from "../seed/demo.ts";
import { PROJECT_DIRECTORY } from "../wrangler-command.ts";
import { bundleWorker } from "./bundle.ts";
import { guardRuntime, type RuntimeEnd, type RuntimeGuard, wordsOfEnd } from "./guard.ts";
import { IDLE_LIMIT_MS, reported, untilStalled } from "./progress.ts";
import { isFullDisk, messageOf, StartFailure, systemErrorCode } from "./start-failure.ts";
import { type LocalState, openState } from "./state.ts";

const LOOPBACK = "127.0.0.1";

/** When a runtime ends, a request fails first. The end is detected within this time. */
const END_NOTICED_WITHIN_MS = 500;

/** The interval between attempts at the first request. */
const ATTEMPT_EVERY_MS = 500;

/** The correlation id of the server's first request. */
const FIRST_REQUEST = randomUUID();

type Print = (line: string) => void;

interface ServerOptions {
  /** 0 lets the system choose; the URL contains the chosen port. */
  port: number;
  stateDirectory: string;
  /** Receives progress messages and the Worker's console output. Default: standard output, one line each. */
  log?: Print;
}

export interface LocalServer {
  /** The origin of the service, without a trailing slash. */
  url: string;
  /** Resolves if the runtime ends without being stopped. The service is then down. */
  lost: Promise<RuntimeEnd>;
  /** Stops the runtime and releases the state. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Builds, migrates, seeds and serves. Resolves after the Worker has responded to a first request.
 *
 * @throws StartFailure with a message for the user
 */
export async function startServer(options: ServerOptions): Promise<LocalServer> {
  const log = options.log ?? printLine;
  await assertPortFree(options.port);
  const state = openState(options.stateDirectory);
  const guard = guardRuntime();
  const stops: (() => unknown)[] = [() => state.release(), () => guard.release()];
  async function stop(): Promise<void> {
    for (const step of stops.splice(0).reverse()) {
      await step();
    }
  }
  try {
    const [bundle] = await Promise.all([build(state, log), prepareStore(state, log)]);
    const [{ startWorker, stopMiniflare }, { startSchedule }] = await Promise.all([
      import("./runtime.ts"),
      import("./schedule.ts"),
    ]);
    const vars = {
      ...variablesOf(process.env),
      SLUICE_ENVIRONMENT: "local",
      SLUICE_SECRET: state.secret,
      SLUICE_DEMO_CLIENT: `demo-service:${DEMO_CLIENT_SECRET}`,
    };
    const print = holdUntilFirstResponse(log);
    const { miniflare, origin } = startWorker(bundle, vars, {
      host: LOOPBACK,
      port: options.port,
      storageDirectory: state.storageDirectory,
      print: print.line,
    });
    stops.push(() => stopMiniflare(miniflare));
    const url = await whileWorking(guard, () => reported("starting the Workers runtime", origin, log));
    stops.push(startSchedule(miniflare, log));
    const isSuccessful = await whileWorking(guard, (signal) =>
      reported("waiting for the worker's first response", firstResponse(url, signal), log),
    );
    print.open(isSuccessful);
    return { url, lost: guard.lost, stop };
  } catch (error) {
    const end = await Promise.race([guard.lost, delay(END_NOTICED_WITHIN_MS, undefined)]);
    await stop();
    throw explained(error, { port: options.port, state, end });
  }
}

/** The service's variables from the environment, such as `SLUICE_TRUSTED_ISSUERS`. */
function variablesOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(environment).filter(([name, value]) => name.startsWith("SLUICE_") && value !== undefined);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}

interface Circumstances {
  readonly port: number;
  readonly state: LocalState;
  /** How the runtime ended, if it did. */
  readonly end: RuntimeEnd | undefined;
}

/** Explains the failure to a user who knows neither Miniflare nor SQLite. */
function explained(error: unknown, { port, state, end }: Circumstances): unknown {
  if (systemErrorCode(error) === "ERR_ADDRESS_IN_USE") return portInUse(port);
  const free = freeBytes(state.directory);
  if (isFullDisk(error, free)) {
    const left = free === undefined ? "" : ` (${Math.floor(free / 1e6)} MB left)`;
    const where = `the disk of ${state.directory} is full${left}`;
    return new StartFailure(`${where}; free some space and start again\n${messageOf(error)}`);
  }
  if (end?.signal != null) {
    return new StartFailure(`the Workers runtime ${wordsOfEnd(end)} while the server started; start it again`);
  }
  if (systemErrorCode(error) === "ERR_RUNTIME_FAILURE") {
    return new StartFailure(`the worker does not start\n${messageOf(error)}`);
  }
  if (end !== undefined && !(error instanceof StartFailure)) {
    return new StartFailure(`the Workers runtime ${wordsOfEnd(end)} before it served (${messageOf(error)})`);
  }
  return error;
}

/** Undefined if the system does not report it. */
function freeBytes(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

async function build(state: LocalState, log: Print) {
  const bundle = await reported("building the worker", bundleWorker(state.buildDirectory), log);
  log("built the worker");
  return bundle;
}

async function prepareStore(state: LocalState, log: Print): Promise<void> {
  // Loaded here because it takes a second, while another process builds the bundle.
  const [{ openDatabase }, { applyMigrations }, { seedEmptyStore }] = await Promise.all([
    import("./database.ts"),
    import("./migrate.ts"),
    import("./seed.ts"),
  ]);
  const database = await reported("opening the local database", openDatabase(state.storageDirectory), log);
  try {
    const migrations = applyMigrations(database, join(PROJECT_DIRECTORY, "migrations"));
    for (const name of await reported("applying the migrations", migrations, log)) {
      log(`applied migration ${name}`);
    }
    const seeding = seedEmptyStore(database, () => log("seeding the empty store"));
    if (await reported("seeding the store", seeding, log)) {
      log("seeded the store");
    }
  } finally {
    await database.close();
  }
}

/** Buffers the Worker's log lines about the server's first request. They are printed only if that request fails. */
function holdUntilFirstResponse(log: Print) {
  let held: string[] | undefined = [];
  let isSilent = true;
  return {
    line(text: string) {
      if (held !== undefined) held.push(text);
      // The line can arrive after the response.
      else if (!isSilent || !text.includes(FIRST_REQUEST)) log(text);
    },
    open(isSuccessful: boolean) {
      const lines = held ?? [];
      held = undefined;
      isSilent = isSuccessful;
      if (!isSuccessful) {
        lines.forEach(log);
      }
    },
  };
}

/** @throws StartFailure if the runtime ends or stalls */
async function whileWorking<T>(
  { lost, processId }: RuntimeGuard,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const watching = new AbortController();
  const stalled = untilStalled(processId, watching.signal).then(() => {
    throw new StartFailure(
      `the Workers runtime has not responded and has been idle for ${IDLE_LIMIT_MS / 1000} seconds; start it again`,
    );
  });
  // If the runtime could not start, its own error explains more than the fact that it ended.
  const ended = lost.then(async (end) => {
    await delay(END_NOTICED_WITHIN_MS);
    throw new StartFailure(`the Workers runtime ${wordsOfEnd(end)} while the server started`);
  });
  try {
    return await Promise.race([work(watching.signal), stalled, ended]);
  } finally {
    watching.abort();
  }
}

/**
 * Requests the Worker's liveness until it responds, and returns whether the response was successful. A failure response
 * also counts as a response.
 */
async function firstResponse(url: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    try {
      const headers = { connection: "close", "x-correlation-id": FIRST_REQUEST };
      const response = await fetch(`${url}/livez`, { headers, signal });
      await response.body?.cancel();
      return response.ok;
    } catch (error) {
      if (signal.aborted) throw error;
      // The connection was reset, or `fetch` timed out. `untilStalled` decides whether to stop waiting.
      await delay(ATTEMPT_EVERY_MS);
    }
  }
}

/** Checks the port before any other work. The runtime would fail only seconds later. */
function assertPortFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => {
      const code = systemErrorCode(error);
      reject(code === "EADDRINUSE" ? portInUse(port) : new StartFailure(`cannot listen on port ${port} (${code})`));
    });
    probe.listen(port, LOOPBACK, () => probe.close(() => resolve()));
  });
}

function portInUse(port: number): StartFailure {
  return new StartFailure(`port ${port} is in use; stop the process that uses it, or choose another port with --port`);
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

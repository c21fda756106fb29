/**
 * The local server: the same bundle that a deployment uploads, on embedded storage. It guarantees that no request is
 * answered before the store is migrated and seeded, that nothing it started outlives it, and that the end of the runtime
 * is noticed. Fails closed: what cannot be set up ends the start, and everything begun is stopped again.
 */
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

/** A runtime that ends shows first as a request that failed; its end is noticed within this time. */
const END_NOTICED_WITHIN_MS = 500;

/** Between two attempts at the Worker's first answer. */
const ATTEMPT_EVERY_MS = 500;

type Print = (line: string) => void;

interface ServerOptions {
  /** 0 lets the system choose; the URL tells which it was. */
  port: number;
  stateDirectory: string;
  /** Receives progress and what the Worker writes to its console; default: one line each to standard output. */
  log?: Print;
}

export interface LocalServer {
  /** The origin to call, without a slash at its end. */
  url: string;
  /** Resolves when the runtime has ended though it was not stopped: nothing is served any more. */
  lost: Promise<RuntimeEnd>;
  /** Stops the runtime and gives the state free; safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Builds, migrates, seeds and serves; resolves when the Worker has answered a first request.
 *
 * @throws StartFailure with a message for the person at the terminal.
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
    const print = holdUntilFirstAnswer(log);
    const { miniflare, origin } = startWorker(bundle, vars, {
      host: LOOPBACK,
      port: options.port,
      storageDirectory: state.storageDirectory,
      print: print.line,
    });
    stops.push(() => stopMiniflare(miniflare));
    const url = await whileWorking(guard, () => reported("starting the Workers runtime", origin, log));
    stops.push(startSchedule(miniflare, log));
    const answered = await whileWorking(guard, (signal) =>
      reported("waiting for the worker's first answer", firstAnswer(url, signal), log),
    );
    print.open(answered);
    return { url, lost: guard.lost, stop };
  } catch (error) {
    const end = await Promise.race([guard.lost, delay(END_NOTICED_WITHIN_MS, undefined)]);
    await stop();
    throw explained(error, { port: options.port, state, end });
  }
}

/** The service's variables that the terminal sets, such as `SLUICE_TRUSTED_ISSUERS`. */
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

/** Says what went wrong in the words of a reader who knows neither Miniflare nor SQLite. */
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

/** Undefined where the system does not tell. */
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
  // Loaded here, since it takes a second in which the bundle is made by another process.
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

/** Holds back what the Worker says about our own first request; it is shown only if that went wrong. */
function holdUntilFirstAnswer(log: Print) {
  let held: string[] | undefined = [];
  return {
    line(text: string) {
      held === undefined ? log(text) : held.push(text);
    },
    open(answered: boolean) {
      const lines = held ?? [];
      held = undefined;
      if (!answered) {
        lines.forEach(log);
      }
    },
  };
}

/** @throws StartFailure when the runtime has ended, or does nothing for so long that waiting is pointless */
async function whileWorking<T>(
  { lost, processId }: RuntimeGuard,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const watching = new AbortController();
  const stalled = untilStalled(processId, watching.signal).then(() => {
    throw new StartFailure(
      `the Workers runtime has not answered, and has done nothing for ${IDLE_LIMIT_MS / 1000} seconds; start it again`,
    );
  });
  // Where the runtime could not start, its own failure says more than that it has ended.
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
 * Asks the Worker whether it lives, for as long as that takes, and returns whether it said so. An answer that it does
 * not is an answer, too.
 */
async function firstAnswer(url: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    try {
      const response = await fetch(`${url}/livez`, { headers: { connection: "close" }, signal });
      await response.body?.cancel();
      return response.ok;
    } catch (error) {
      if (signal.aborted) throw error;
      // The connection was reset, or `fetch` has lost patience; whether there is progress is not for it to tell.
      await delay(ATTEMPT_EVERY_MS);
    }
  }
}

/** Asked before any work is begun: the runtime would find out only seconds later. */
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
  return new StartFailure(`port ${port} is in use; stop what listens there, or choose another with --port`);
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

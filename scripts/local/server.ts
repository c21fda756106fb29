/**
 * The local server: the same bundle that a deployment uploads, on embedded storage. It guarantees that no request is
 * answered before the store is migrated and seeded, and that nothing it started outlives it. Fails closed: whatever
 * cannot be set up ends the start, and everything begun is stopped again.
 */
import { createServer } from "node:net";
import { join } from "node:path";
import { PROJECT_DIRECTORY } from "../wrangler-command.ts";
import { bundleWorker } from "./bundle.ts";
import { guardRuntime } from "./guard.ts";
import { messageOf, StartFailure, systemErrorCode } from "./start-failure.ts";
import { type LocalState, openState } from "./state.ts";

const LOOPBACK = "127.0.0.1";

/** How long the Worker may take for its first answer. */
const FIRST_ANSWER_MS = 10_000;

interface ServerOptions {
  /** 0 lets the system choose; the URL tells which it was. */
  port: number;
  stateDirectory: string;
  /** Receives progress and what the Worker writes to its console; default: one line each to standard output. */
  log?: (line: string) => void;
}

export interface LocalServer {
  /** The origin to call, without a slash at its end. */
  url: string;
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
    const { startWorker, stopMiniflare } = await import("./runtime.ts");
    const vars = { ...variablesOf(process.env), SLUICE_ENVIRONMENT: "local", SLUICE_SECRET: state.secret };
    const print = holdUntilFirstAnswer(log);
    const { miniflare, origin } = startWorker(bundle, vars, {
      host: LOOPBACK,
      port: options.port,
      storageDirectory: state.storageDirectory,
      print: print.line,
    });
    stops.push(() => stopMiniflare(miniflare));
    const url = await origin;
    const answered = await firstAnswer(url);
    print.open(answered);
    return { url, stop };
  } catch (error) {
    await stop();
    throw explained(error, options.port);
  }
}

/** The service's variables that the terminal sets, such as `SLUICE_TRUSTED_ISSUERS`. */
function variablesOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(environment).filter(([name, value]) => name.startsWith("SLUICE_") && value !== undefined);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}

/** Says Miniflare's errors in the words of someone who does not know it. */
function explained(error: unknown, port: number): unknown {
  switch (systemErrorCode(error)) {
    case "ERR_ADDRESS_IN_USE":
      return portInUse(port);
    case "ERR_RUNTIME_FAILURE":
      return new StartFailure(`the worker does not start\n${messageOf(error)}`);
    default:
      return error;
  }
}

async function build(state: LocalState, log: (line: string) => void) {
  const bundle = await bundleWorker(state.buildDirectory);
  log("built the worker");
  return bundle;
}

async function prepareStore(state: LocalState, log: (line: string) => void): Promise<void> {
  // Loaded here, since it takes a second in which the bundle is made by another process.
  const [{ openDatabase }, { applyMigrations }, { seedEmptyStore }] = await Promise.all([
    import("./database.ts"),
    import("./migrate.ts"),
    import("./seed.ts"),
  ]);
  const database = await openDatabase(state.storageDirectory);
  try {
    const applied = await applyMigrations(database, join(PROJECT_DIRECTORY, "migrations"));
    for (const name of applied) {
      log(`applied migration ${name}`);
    }
    if (await seedEmptyStore(database, () => log("seeding the empty store"))) {
      log("seeded the store");
    }
  } finally {
    await database.close();
  }
}

/** Holds back what the Worker says about our own first request; it is shown only if that went wrong. */
function holdUntilFirstAnswer(log: (line: string) => void) {
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

/** Asks the Worker whether it lives, and returns whether it said so. An answer that it does not is an answer, too. */
async function firstAnswer(url: string): Promise<boolean> {
  const response = await fetch(`${url}/livez`, {
    headers: { connection: "close" },
    signal: AbortSignal.timeout(FIRST_ANSWER_MS),
  });
  await response.body?.cancel();
  return response.ok;
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

/**
 * `npm start`: serves the API on this machine. Exit codes: 0 after Ctrl-C or another stop signal, 1 if it cannot start,
 * 2 for invalid arguments, 3 if the Workers runtime ends while serving.
 */
import "./check-node.cjs";
import { join } from "node:path";
import { parseStartArguments, START_USAGE } from "./local/arguments.ts";
import { wordsOfEnd } from "./local/guard.ts";
import { type LocalServer, startServer } from "./local/server.ts";
import { StartFailure } from "./local/start-failure.ts";
import { PROJECT_DIRECTORY } from "./wrangler-command.ts";

/** An orderly stop takes milliseconds. After this time the process exits anyway and the runtime with it. */
const STOP_WITHIN_MS = 1_500;

const COULD_NOT_START = 1;
const REFUSED_ARGUMENTS = 2;
const LOST_RUNTIME = 3;

let server: LocalServer | undefined;
let stopping = false;

/** Runtimes and builds that are still starting end with this process: their owners listen to its exit. */
async function stopAndExit(exitCode: number): Promise<never> {
  if (!stopping && server !== undefined) {
    stopping = true;
    setTimeout(() => process.exit(exitCode), STOP_WITHIN_MS);
    await server.stop();
  }
  process.exit(exitCode);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stopAndExit(0));
}

const parsed = parseStartArguments(process.argv.slice(2));
switch (parsed.kind) {
  case "help":
    console.log(START_USAGE);
    break;
  case "refused":
    console.error(`${parsed.reason}\n\n${START_USAGE}`);
    process.exitCode = REFUSED_ARGUMENTS;
    break;
  case "start":
    await serve(parsed.port, parsed.stateDirectory ?? join(PROJECT_DIRECTORY, ".sluice"));
}

async function serve(port: number, stateDirectory: string): Promise<void> {
  try {
    server = await startServer({ port, stateDirectory });
    console.log(`ready on ${server.url}`);
  } catch (error) {
    if (error instanceof StartFailure) console.error(`cannot start: ${error.message}`);
    else console.error("cannot start because of an internal error:", error);
    process.exit(COULD_NOT_START);
  }
  const end = await server.lost;
  if (stopping) return;
  console.error(`the Workers runtime (workerd) ${wordsOfEnd(end)}, so the service has stopped; run npm start again`);
  await stopAndExit(LOST_RUNTIME);
}

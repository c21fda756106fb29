/**
 * `npm start`: serves the API on this machine. Exit codes: 0 after Ctrl-C or another request to stop, 1 when it could
 * not start, 2 for arguments it does not understand.
 */
import { join } from "node:path";
import { parseStartArguments, START_USAGE } from "./local/arguments.ts";
import { type LocalServer, startServer } from "./local/server.ts";
import { StartFailure } from "./local/start-failure.ts";
import { PROJECT_DIRECTORY } from "./wrangler-command.ts";

/** An orderly stop takes milliseconds; after this long the process ends anyway, and takes the runtime with it. */
const STOP_WITHIN_MS = 1_500;

let server: LocalServer | undefined;
let stopping = false;

/** Runtimes and builds still being started die with this process: their owners listen to its exit. */
async function stopAndExit(): Promise<void> {
  if (!stopping && server !== undefined) {
    stopping = true;
    setTimeout(() => process.exit(0), STOP_WITHIN_MS);
    await server.stop();
  }
  process.exit(0);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, stopAndExit);
}

const parsed = parseStartArguments(process.argv.slice(2));
switch (parsed.kind) {
  case "help":
    console.log(START_USAGE);
    break;
  case "refused":
    console.error(`${parsed.reason}\n\n${START_USAGE}`);
    process.exitCode = 2;
    break;
  case "start":
    await serve(parsed.port, parsed.stateDirectory ?? join(PROJECT_DIRECTORY, ".sluice"));
}

async function serve(port: number, stateDirectory: string): Promise<void> {
  try {
    server = await startServer({ port, stateDirectory });
    console.log(`ready on ${server.url}`);
  } catch (error) {
    console.error(error instanceof StartFailure ? `cannot start: ${error.message}` : error);
    process.exit(1);
  }
}

/** Parses the command line of `npm start`. Pure: it neither prints nor exits, and rejects unknown arguments. */
import { parseArgs } from "node:util";
import { messageOf } from "./start-failure.ts";

const DEFAULT_PORT = 8787;

export const START_USAGE = `Usage: npm start -- [options]

Serves the API on http://127.0.0.1 from local state. The first run creates, migrates and seeds the state.

  --port N      the port to listen on (default ${DEFAULT_PORT})
  --state DIR   the directory of the local state (default .sluice in the project)
  --help        show this text`;

type StartArguments =
  | { kind: "start"; port: number; stateDirectory: string | undefined }
  | { kind: "help" }
  | { kind: "refused"; reason: string };

/** Parses the arguments after the script's name. Invalid arguments are refused with a reason. */
export function parseStartArguments(args: readonly string[]): StartArguments {
  let values: { port?: string; state?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { port: { type: "string" }, state: { type: "string" }, help: { type: "boolean" } },
      allowPositionals: false,
    }));
  } catch (error) {
    return { kind: "refused", reason: messageOf(error) };
  }
  if (values.help === true) {
    return { kind: "help" };
  }
  const port = values.port === undefined ? DEFAULT_PORT : parsePort(values.port);
  if (port === undefined) {
    return { kind: "refused", reason: `--port must be a whole number from 1 to 65535, not "${values.port}"` };
  }
  if (values.state === "") {
    return { kind: "refused", reason: "--state must name a directory" };
  }
  return { kind: "start", port, stateDirectory: values.state };
}

function parsePort(text: string): number | undefined {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

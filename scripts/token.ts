/**
 * `npm run --silent token -- --as WHO`: prints one access token of the running local service and nothing else. Exit
 * codes: 1 if it gets no token, 2 for invalid arguments.
 */
import { parseArgs } from "node:util";
import { messageOf } from "./local/start-failure.ts";
import { DEMO_CLIENT_SECRET, DEMO_PASSWORD } from "./seed/demo.ts";
import { TokenFailure, tokenOfClient, tokenOfPerson } from "./token/obtain.ts";

const USAGE = `Usage: npm run --silent token -- --as WHO [options]

Prints an access token of the service that npm start runs.

  --as WHO       an account (ada@example.com) or a service client (demo-service)
  --scope TEXT   scopes, separated by spaces (default: all that WHO may have)
  --password P   the account's password or the client's secret (default: the one of the demo data)
  --port N       the port of the service (default 8787)
  --help         show this text`;

interface TokenArguments {
  readonly as?: string;
  readonly scope?: string;
  readonly password?: string;
  readonly port?: string;
  readonly help?: boolean;
}

function readArguments(): TokenArguments {
  try {
    const { values } = parseArgs({
      options: {
        as: { type: "string" },
        scope: { type: "string" },
        password: { type: "string" },
        port: { type: "string" },
        help: { type: "boolean" },
      },
    });
    if (values.help === true) return values;
    if (values.as === undefined || values.as === "")
      throw new Error("--as is required: an account or a service client");
    if (values.port !== undefined && !/^[0-9]{1,5}$/.test(values.port))
      throw new Error("--port must be a whole number from 1 to 65535");
    return values;
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { as = "", scope, password, port = "8787", help } = readArguments();
if (help === true) {
  console.log(USAGE);
} else {
  const request = { origin: `http://127.0.0.1:${port}`, scope };
  try {
    const token = as.includes("@")
      ? await tokenOfPerson(request, as, password ?? DEMO_PASSWORD)
      : await tokenOfClient(request, as, password ?? DEMO_CLIENT_SECRET);
    console.log(token);
  } catch (error) {
    const reason = error instanceof TokenFailure ? error.message : `no response on port ${port}: is npm start running?`;
    console.error(`no token: ${reason}`);
    process.exitCode = 1;
  }
}

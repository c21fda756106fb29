/**
 * `npm run keys -- rotate`: rotates the signing keys of a running service through its API, as a service client that may
 * administer it. Exit codes: 1 when it could not be done, 2 for arguments it does not understand.
 */
import { parseArgs } from "node:util";
import { messageOf } from "./local/start-failure.ts";
import { DEMO_CLIENT_SECRET } from "./seed/demo.ts";
import { tokenOfClient } from "./token/obtain.ts";

const USAGE = `Usage: npm run keys -- COMMAND [options]

  list        shows the signing keys
  rotate      lets the next key sign from now on

  --url URL   the service (default: the local one)
  --port N    the port of the local service (default 8787)
  --help      show this text

Elsewhere than locally, SLUICE_CLIENT_ID and SLUICE_CLIENT_SECRET name the client; "npm run admin" makes one.`;

interface Key {
  readonly kid: string;
  readonly state: string;
  readonly created_at: string;
  readonly activated_at?: string;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { url: { type: "string" }, port: { type: "string" }, help: { type: "boolean" } },
      allowPositionals: true,
    });
    const [command, ...others] = positionals;
    const isKnown = (command === "list" || command === "rotate") && others.length === 0;
    const origin = values.url === undefined ? `http://127.0.0.1:${values.port ?? "8787"}` : new URL(values.url).origin;
    return { isHelp: values.help === true, command: isKnown ? command : undefined, origin };
  } catch (error) {
    console.error(messageOf(error));
    return { isHelp: false, command: undefined, origin: "" };
  }
}

async function ask(origin: string, method: "GET" | "POST", path: string): Promise<readonly Key[]> {
  const { SLUICE_CLIENT_ID: id = "demo-admin", SLUICE_CLIENT_SECRET: secret = DEMO_CLIENT_SECRET } = process.env;
  const token = await tokenOfClient({ origin, scope: "admin" }, id, secret);
  const response = await fetch(`${origin}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the service answers ${response.status}`);
  const { keys } = (await response.json()) as { readonly keys: readonly Key[] }; // as its contract has it
  return keys;
}

function show(keys: readonly Key[]): void {
  for (const { kid, state, created_at, activated_at } of keys) {
    const since = activated_at === undefined ? `made ${created_at}` : `signing since ${activated_at}`;
    console.log(`${state.padEnd(9)} ${kid}  ${since}`);
  }
}

const { isHelp, command, origin } = readArguments();
if (isHelp) {
  console.log(USAGE);
} else if (command === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    show(
      await (command === "list"
        ? ask(origin, "GET", "/oauth/signing-keys")
        : ask(origin, "POST", "/oauth/signing-keys/rotate")),
    );
  } catch (error) {
    console.error(`not done: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

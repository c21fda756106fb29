/**
 * `npm run keys -- rotate`: rotates the signing keys of a running service through its API, as a service client with the
 * scope `admin`. Exit codes: 1 if it fails, 2 for invalid arguments.
 */
import { parseArgs } from "node:util";
import { messageOf } from "./local/start-failure.ts";
import { DEMO_CLIENT_SECRET } from "./seed/demo.ts";
import { tokenOfClient } from "./token/obtain.ts";

const USAGE = `Usage: npm run keys -- COMMAND [options]

  list        show the signing keys
  rotate      start signing with the next key

  --url URL   the service (default: the local service)
  --port N    the port of the local service (default 8787)
  --help      show this text

For a deployed service, set SLUICE_CLIENT_ID and SLUICE_CLIENT_SECRET. "npm run admin" creates a client.`;

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

async function request(origin: string, method: "GET" | "POST", path: string): Promise<readonly Key[]> {
  const { SLUICE_CLIENT_ID: id = "demo-admin", SLUICE_CLIENT_SECRET: secret = DEMO_CLIENT_SECRET } = process.env;
  const token = await tokenOfClient({ origin, scope: "admin" }, id, secret);
  const response = await fetch(`${origin}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the service responded with status ${response.status}`);
  const { keys } = (await response.json()) as { readonly keys: readonly Key[] }; // by its contract
  return keys;
}

function show(keys: readonly Key[]): void {
  for (const { kid, state, created_at, activated_at } of keys) {
    const since = activated_at === undefined ? `created ${created_at}` : `signing since ${activated_at}`;
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
        ? request(origin, "GET", "/oauth/signing-keys")
        : request(origin, "POST", "/oauth/signing-keys/rotate")),
    );
  } catch (error) {
    console.error(`failed: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

/**
 * `npm run limits`: shows and resets the limits of an account or an address, and changes a policy without a deploy. It
 * calls the API of a local or a deployed service, as a service client with the scope `admin`. Exit codes: 1 if the
 * service refuses or cannot be reached, 2 for invalid arguments.
 */
import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { messageOf } from "./local/start-failure.ts";
import { DEMO_CLIENT_SECRET } from "./seed/demo.ts";
import { tokenOfClient } from "./token/obtain.ts";

const USAGE = `Usage: npm run limits -- COMMAND [options]

  show                      Lists the policies that were changed without a deploy.
  show KEY                  Shows the limits of an account or an address.
  reset KEY                 Resets them.
  set POLICY MEMBER=VALUE…  Changes a policy within a minute or two, by at most a factor of ten.
                            Numbers: capacity, refill_per_second, limit. true or false: shadow.
  set POLICY                Restores the policy as in the code.

  KEY           user:ID, service:ID or an address
  --plan PLAN   The account's plan: free (default), pro or internal.
  --url URL     The service. Default: the local one.
  --port N      The port of the local service. Default: 8787.
  --help        Shows this text.

For a deployed service, set SLUICE_CLIENT_ID and SLUICE_CLIENT_SECRET. "npm run admin" creates a client.`;

type Send = (method: "GET" | "POST", path: string, body?: unknown) => Promise<unknown>;
type Task = (send: Send) => Promise<void>;

interface Standing {
  readonly policy: string;
  readonly limit: number;
  readonly remaining: number;
  readonly reset: number;
}

async function connect(origin: string): Promise<Send> {
  const { SLUICE_CLIENT_ID: id = "demo-admin", SLUICE_CLIENT_SECRET: secret = DEMO_CLIENT_SECRET } = process.env;
  const token = await tokenOfClient({ origin, scope: "admin" }, id, secret);
  return async (method, path, body) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const content = (await response.json()) as { readonly detail?: string }; // a problem document has it
    if (!response.ok) throw new Error(`the service returned ${response.status}: ${content.detail}`);
    return content;
  };
}

function printStandings(content: unknown): void {
  const { limits } = content as { readonly limits: readonly Standing[] }; // as the contract of the operation says
  for (const { policy, limit, remaining, reset } of limits) {
    const full = remaining === limit ? "" : `  full at ${new Date(reset * 1000).toISOString()}`;
    console.log(`${policy.padEnd(14)} ${String(remaining).padStart(12)} of ${limit}${full}`);
  }
}

function printChanges(content: unknown): void {
  const { changes } = content as { readonly changes: readonly Record<string, unknown>[] }; // as above
  if (changes.length === 0) console.log("No policy is changed.");
  for (const { policy, ...members } of changes) {
    const text = Object.entries(members).map(([name, value]) => `${name}=${value}`);
    console.log(`${String(policy).padEnd(14)} ${text.join(" ")}`);
  }
}

function taskOf(command: string | undefined, args: readonly string[], plan: string): Task | undefined {
  const [first, ...rest] = args;
  if (command === "show" && first === undefined) {
    return async (send) => printChanges(await send("GET", "/v1/limit-changes"));
  }
  if (first === undefined) return undefined;
  if (command !== "set") assertKey(first);
  if (command === "show" && rest.length === 0) {
    return async (send) => printStandings(await send("GET", `/v1/limits?${new URLSearchParams({ key: first, plan })}`));
  }
  if (command === "reset" && rest.length === 0) {
    return async (send) => printStandings(await send("POST", "/v1/limit-resets", { key: first }));
  }
  if (command !== "set") return undefined;
  const change = readChange(rest);
  return async (send) => printChanges(await send("POST", "/v1/limit-changes", { policy: first, ...change }));
}

/** A typing error must not select the limits of all clients without a known address. @throws RangeError */
function assertKey(key: string): void {
  if (!/^(?:user|service):./.test(key) && isIP(key) === 0)
    throw new RangeError(`"${key}" is neither an account nor an address`);
}

/** @throws RangeError for an invalid or repeated member */
function readChange(texts: readonly string[]): Record<string, number | boolean> {
  const change: Record<string, number | boolean> = {};
  for (const text of texts) {
    const [name, value] = readMember(text);
    if (name in change) throw new RangeError(`"${name}" is repeated`);
    change[name] = value;
  }
  return change;
}

function readMember(text: string): readonly [string, number | boolean] {
  const [, name, value] =
    /^(capacity|refill_per_second|limit|shadow)=(true|false|[0-9]+(?:\.[0-9]+)?)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new RangeError(`"${text}" is not a member and its value`);
  return [name, value === "true" || (value === "false" ? false : Number(value))];
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        url: { type: "string" },
        port: { type: "string" },
        plan: { type: "string" },
        help: { type: "boolean" },
      },
      allowPositionals: true,
    });
    const [command, ...args] = positionals;
    const origin = values.url === undefined ? `http://127.0.0.1:${values.port ?? "8787"}` : new URL(values.url).origin;
    return { isHelp: values.help === true, task: taskOf(command, args, values.plan ?? "free"), origin };
  } catch (error) {
    console.error(messageOf(error));
    return { isHelp: false, task: undefined, origin: "" };
  }
}

/** Whether fetch() got no response at all. */
function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError && error.message === "fetch failed";
}

const { isHelp, task, origin } = readArguments();
if (isHelp) {
  console.log(USAGE);
} else if (task === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    await task(await connect(origin));
  } catch (error) {
    console.error(`Failed: ${isUnreachable(error) ? `no response from ${origin}` : messageOf(error)}`);
    process.exitCode = 1;
  }
}

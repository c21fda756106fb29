/**
 * `npm run limits`: how somebody's limits stand in a running service, giving them back, and changing a policy without a
 * deploy. It asks the service's API, as a service client that may administer it, so that the local service and a
 * deployed one are worked on in the same way. Exit codes: 1 when it could not be done, 2 for arguments it does not
 * understand.
 */
import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { messageOf } from "./local/start-failure.ts";
import { DEMO_CLIENT_SECRET } from "./seed/demo.ts";
import { tokenOfClient } from "./token/obtain.ts";

const USAGE = `Usage: npm run limits -- COMMAND [options]

  show                      the policies that were changed without a deploy
  show KEY                  how the limits of an account or an address stand
  reset KEY                 gives them back
  set POLICY MEMBER=VALUE…  changes a policy within a minute or two, at most tenfold; without members: as in code
                            (capacity, refill_per_second or limit are numbers, shadow is true or false)

  KEY           user:ID or service:ID, or an address
  --plan PLAN   of the account: free (the default), pro or internal
  --url URL     the service (default: the local one)
  --port N      the port of the local service (default 8787)
  --help        show this text

Elsewhere than locally, SLUICE_CLIENT_ID and SLUICE_CLIENT_SECRET name the client; "npm run admin" makes one.`;

type Ask = (method: "GET" | "POST", path: string, body?: unknown) => Promise<unknown>;
type Task = (ask: Ask) => Promise<void>;

interface Standing {
  readonly policy: string;
  readonly limit: number;
  readonly remaining: number;
  readonly reset: number;
}

async function askAt(origin: string): Promise<Ask> {
  const { SLUICE_CLIENT_ID: id = "demo-admin", SLUICE_CLIENT_SECRET: secret = DEMO_CLIENT_SECRET } = process.env;
  const token = await tokenOfClient({ origin, scope: "admin" }, id, secret);
  return async (method, path, body) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { readonly detail?: string }; // a problem document has it
    if (!response.ok) throw new Error(`the service answers ${response.status}: ${answer.detail}`);
    return answer;
  };
}

function showStandings(answer: unknown): void {
  const { limits } = answer as { readonly limits: readonly Standing[] }; // as its contract has it
  for (const { policy, limit, remaining, reset } of limits) {
    const full = remaining === limit ? "" : `  full at ${new Date(reset * 1000).toISOString()}`;
    console.log(`${policy.padEnd(14)} ${String(remaining).padStart(12)} of ${limit}${full}`);
  }
}

function showChanges(answer: unknown): void {
  const { changes } = answer as { readonly changes: readonly Record<string, unknown>[] }; // likewise
  if (changes.length === 0) console.log("All policies are as in code.");
  for (const { policy, ...members } of changes) {
    const text = Object.entries(members).map(([name, value]) => `${name}=${value}`);
    console.log(`${String(policy).padEnd(14)} ${text.join(" ")}`);
  }
}

function taskOf(command: string | undefined, args: readonly string[], plan: string): Task | undefined {
  const [first, ...rest] = args;
  if (command === "show" && first === undefined) {
    return async (ask) => showChanges(await ask("GET", "/v1/limit-changes"));
  }
  if (first === undefined) return undefined;
  if (command !== "set") assertKey(first);
  if (command === "show" && rest.length === 0) {
    return async (ask) => showStandings(await ask("GET", `/v1/limits?${new URLSearchParams({ key: first, plan })}`));
  }
  if (command === "reset" && rest.length === 0) {
    return async (ask) => showStandings(await ask("POST", "/v1/limit-resets", { key: first }));
  }
  if (command !== "set") return undefined;
  const change = readChange(rest);
  return async (ask) => showChanges(await ask("POST", "/v1/limit-changes", { policy: first, ...change }));
}

/** A slip in an address must not show, or give back, what all share whose address nobody knows. @throws RangeError */
function assertKey(key: string): void {
  if (!/^(?:user|service):./.test(key) && isIP(key) === 0) throw new RangeError(`${key} is no account and no address`);
}

/** @throws RangeError for what says nothing, or something twice */
function readChange(texts: readonly string[]): Record<string, number | boolean> {
  const change: Record<string, number | boolean> = {};
  for (const text of texts) {
    const [name, value] = readMember(text);
    if (name in change) throw new RangeError(`${name} is there twice`);
    change[name] = value;
  }
  return change;
}

function readMember(text: string): readonly [string, number | boolean] {
  const [, name, value] =
    /^(capacity|refill_per_second|limit|shadow)=(true|false|[0-9]+(?:\.[0-9]+)?)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new RangeError(`${text} changes no member to a value`);
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

/** What fetch() throws where there was no answer at all. */
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
    await task(await askAt(origin));
  } catch (error) {
    console.error(`not done: ${isUnreachable(error) ? `nobody answers at ${origin}` : messageOf(error)}`);
    process.exitCode = 1;
  }
}

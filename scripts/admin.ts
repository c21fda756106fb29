/**
 * `npm run admin`: what a new deployment needs before its API can be used to administer it. It works on the database of
 * the account that wrangler is logged in to. Exit codes: 1 when it could not be done, 2 for arguments it does not
 * understand.
 */
import { parseArgs } from "node:util";
import { visibleTextFault } from "#core/http/visible-text.ts";
import { grantRole, isRole, newAdminClient } from "./admin/statements.ts";
import { messageOf } from "./local/start-failure.ts";
import { runWrangler } from "./wrangler-command.ts";

const USAGE = `Usage: npm run admin -- COMMAND [options]

Makes the first administrators of a deployment, in its own database.

  create-client NAME   a service client with all scopes; prints its id and, once, its secret.
                       NAME is one line of visible text
  grant EMAIL ROLE     gives an account the role customer, staff or admin

  --dry-run            print the SQL without running it
  --help               show this text`;

interface Task {
  readonly sql: string;
  /** What is told when it is done. */
  readonly told: readonly string[];
  /** Whether it has to have found a row. */
  readonly mustFind: boolean;
}

function taskOf(command: string | undefined, args: readonly string[]): Task | undefined {
  const [first = "", second = "", ...rest] = args;
  if (rest.length > 0 || first === "") return undefined;
  if (command === "create-client" && second === "" && visibleTextFault(first, "line") === undefined) {
    const { clientId, secret, sql } = newAdminClient(first, Date.now());
    const told = [`client id      ${clientId}`, `client secret  ${secret}`, "The secret is not shown again."];
    return { sql, told, mustFind: false };
  }
  if (command === "grant" && isRole(second)) {
    return { sql: grantRole(first, second, Date.now()), told: [`${first} is ${second} now.`], mustFind: true };
  }
  return undefined;
}

async function run({ sql, told, mustFind }: Task): Promise<void> {
  const { exitCode, stdout, stderr } = await runWrangler([
    "d1",
    "execute",
    "DB",
    "--remote",
    "--yes",
    "--json",
    "--command",
    sql,
  ]);
  if (exitCode !== 0) throw new Error(`${stderr.trim()}\n${stdout.trim()}`.trim());
  const [first] = JSON.parse(stdout) as { readonly results: readonly unknown[] }[]; // wrangler's answer to --json
  if (mustFind && (first?.results.length ?? 0) === 0) throw new Error("there is no such account");
  for (const line of told) console.log(line);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { "dry-run": { type: "boolean" }, help: { type: "boolean" } },
      allowPositionals: true,
    });
    const [command, ...args] = positionals;
    return { isHelp: values.help === true, isRehearsal: values["dry-run"] === true, task: taskOf(command, args) };
  } catch {
    return { isHelp: false, isRehearsal: false, task: undefined };
  }
}

const { isHelp, isRehearsal, task } = readArguments();
if (isHelp) {
  console.log(USAGE);
} else if (task === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else if (isRehearsal) {
  console.log(task.sql);
} else {
  try {
    await run(task);
  } catch (error) {
    console.error(`not done: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

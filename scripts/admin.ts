/**
 * `npm run admin`: creates the first administrators of a new deployment, directly in the database of the account that
 * wrangler is logged in to. Exit codes: 1 if it fails, 2 for invalid arguments.
 */
import { parseArgs } from "node:util";
import { visibleTextFault } from "#core/http/visible-text.ts";
import { grantRole, isRole, newAdminClient } from "./admin/statements.ts";
import { messageOf } from "./local/start-failure.ts";
import { runWrangler } from "./wrangler-command.ts";

const USAGE = `Usage: npm run admin -- COMMAND [options]

Creates the first administrators of a deployment, directly in its database.

  create-client NAME   create a service client with all scopes; prints its id and secret.
                       NAME is one line of visible text
  grant EMAIL ROLE     give an account the role customer, staff or admin

  --dry-run            print the SQL without running it
  --help               show this text`;

interface Task {
  readonly sql: string;
  /** The lines that it prints on success. */
  readonly output: readonly string[];
  /** Whether it must find a row. */
  readonly mustFind: boolean;
}

function taskOf(command: string | undefined, args: readonly string[]): Task | undefined {
  const [first = "", second = "", ...rest] = args;
  if (rest.length > 0 || first === "") return undefined;
  if (command === "create-client" && second === "" && visibleTextFault(first, "line") === undefined) {
    const { clientId, secret, sql } = newAdminClient(first, Date.now());
    const output = [
      `client id      ${clientId}`,
      `client secret  ${secret}`,
      "Store the secret now. It is not shown again.",
    ];
    return { sql, output, mustFind: false };
  }
  if (command === "grant" && isRole(second)) {
    return {
      sql: grantRole(first, second, Date.now()),
      output: [`${first} now has the role ${second}.`],
      mustFind: true,
    };
  }
  return undefined;
}

async function run({ sql, output, mustFind }: Task): Promise<void> {
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
  const [first] = JSON.parse(stdout) as { readonly results: readonly unknown[] }[]; // wrangler's output with --json
  if (mustFind && (first?.results.length ?? 0) === 0) throw new Error("this account does not exist");
  for (const line of output) console.log(line);
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
    console.error(`failed: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

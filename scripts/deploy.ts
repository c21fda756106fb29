/**
 * `npm run deploy`: provisions, migrates and deploys to the Cloudflare account that wrangler is logged in to. Exit
 * codes: 0 on success, 1 if a step fails, 2 for invalid arguments.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { rehearse } from "./deploy/rehearsal.ts";
import { DeployFailure, type Deployment, deploy, PLACEHOLDER_DATABASE_ID } from "./deploy/steps.ts";
import { runWrangler, WRANGLER_CONFIG } from "./wrangler-command.ts";

const USAGE = `Usage: npm run deploy -- [options]

Creates missing resources in your Cloudflare account, applies migrations, deploys the Worker and sets its secret.

  --dry-run  print each command without running it
  --help     show this text`;

const real: Deployment = {
  config: WRANGLER_CONFIG,
  wrangler: runWrangler,
  async saveDatabaseId(id) {
    const text = await readFile(WRANGLER_CONFIG, "utf8");
    // Replaces the first one: databases are provisioned in the order of the file.
    await writeFile(WRANGLER_CONFIG, text.replace(PLACEHOLDER_DATABASE_ID, id));
  },
  async saveNamespaceId(placeholder, id) {
    const text = await readFile(WRANGLER_CONFIG, "utf8");
    await writeFile(WRANGLER_CONFIG, text.replace(`id = "${placeholder}"`, `id = "${id}"`));
  },
  say: (line) => console.log(line),
};

function readArguments(): { dryRun: boolean; help: boolean } | undefined {
  try {
    const { values } = parseArgs({ options: { "dry-run": { type: "boolean" }, help: { type: "boolean" } } });
    return { dryRun: values["dry-run"] === true, help: values.help === true };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return undefined;
  }
}

const wanted = readArguments();
if (wanted === undefined) {
  process.exitCode = 2;
} else if (wanted.help) {
  console.log(USAGE);
} else {
  try {
    await deploy(wanted.dryRun ? rehearse(WRANGLER_CONFIG, real.say) : real);
    real.say(wanted.dryRun ? "This was a dry run. No command was executed." : "Deployed.");
  } catch (error) {
    console.error(error instanceof DeployFailure ? `cannot deploy: ${error.message}` : error);
    process.exitCode = 1;
  }
}

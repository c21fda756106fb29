/**
 * The steps of `npm run deploy`: provision, migrate, deploy, set the secret. A step starts only if the previous one
 * succeeded. A second run skips completed steps. An existing secret is never replaced or printed. Migrations run before
 * the code that needs them, and a first deployment responds with 503 until its secret is set.
 */
import { randomBytes } from "node:crypto";
import { unstable_readConfig as readConfig } from "wrangler";
import type { WranglerOptions, WranglerResult } from "../wrangler-command.ts";

/** The placeholder for a database id before the first deployment. */
export const PLACEHOLDER_DATABASE_ID = "00000000-0000-0000-0000-000000000000";

/**
 * The placeholders for KV namespace ids. Each is unique, because local namespaces with the same id are one namespace.
 */
const PLACEHOLDER_NAMESPACE_ID = /^0{31}[0-9]$/;

const SECRET_NAME = "SLUICE_SECRET";

export interface Deployment {
  /** The path of wrangler.toml. */
  config: string;
  /** Runs one wrangler command. */
  wrangler(args: readonly string[], options?: WranglerOptions): Promise<WranglerResult>;
  /** Replaces the placeholder in wrangler.toml with the id of a database. */
  saveDatabaseId(id: string): Promise<void>;
  /** Replaces this placeholder in wrangler.toml with the id of a namespace. */
  saveNamespaceId(placeholder: string, id: string): Promise<void>;
  /** Prints a line for the user. */
  say(line: string): void;
}

/** A failed deployment, with a message for the user. */
export class DeployFailure extends Error {
  override readonly name = "DeployFailure";
}

/**
 * Provisions, migrates and deploys.
 *
 * @throws DeployFailure with instructions for the user
 */
export async function deploy(deployment: Deployment): Promise<void> {
  const { config, say } = deployment;
  await assertLoggedIn(deployment);
  const {
    d1_databases: databases,
    kv_namespaces: namespaces,
    routes,
    workers_dev: workersDev,
  } = readConfig({ config });
  for (const { binding, database_id: id, database_name: name } of databases) {
    if (name === undefined) {
      throw new DeployFailure(`the database ${binding} has no database_name in wrangler.toml`);
    }
    if (id === PLACEHOLDER_DATABASE_ID) {
      say(`Provisioning the database "${name}"`);
      await deployment.saveDatabaseId(await provisionDatabase(deployment, name));
    }
    say(`Applying migrations to "${name}"`);
    // A captured command does not prompt. The list of migrations is printed after they are applied.
    const { stdout } = await run(deployment, ["d1", "migrations", "apply", binding, "--remote"]);
    if (stdout.trim() !== "") {
      say(stdout.trim());
    }
  }
  for (const { binding, id } of namespaces) {
    if (id === undefined || !PLACEHOLDER_NAMESPACE_ID.test(id)) continue;
    const title = namespaceTitle(binding);
    say(`Provisioning the namespace "${title}"`);
    await deployment.saveNamespaceId(id, await provisionNamespace(deployment, title));
  }
  say("Deploying the Worker");
  await run(deployment, ["deploy"], { output: "show" });
  await putSecretWhenAbsent(deployment);
  if ((routes ?? []).length === 0 && workersDev !== true) {
    say("The Worker has no route yet: add `routes` to wrangler.toml, or set `workers_dev = true`, and deploy again.");
  }
}

async function assertLoggedIn({ wrangler }: Deployment): Promise<void> {
  const { exitCode, stdout, stderr } = await wrangler(["whoami", "--json"]);
  if (exitCode === 0) {
    return;
  }
  const { loggedIn } = parseOutput<{ loggedIn?: boolean }>(stdout) ?? {};
  throw new DeployFailure(
    loggedIn === false
      ? "you are not logged in to Cloudflare: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and try again"
      : `could not read your login status from Cloudflare\n${stderr.trim()}\n${stdout.trim()}`.trim(),
  );
}

/** Finds or creates a database and returns its id. An earlier failed run may already have created it. */
async function provisionDatabase(deployment: Deployment, name: string): Promise<string> {
  const found = await findDatabase(deployment, name);
  if (found !== undefined) {
    return found;
  }
  await run(deployment, ["d1", "create", name]);
  const created = await findDatabase(deployment, name);
  if (created === undefined) {
    throw new DeployFailure(
      `the database "${name}" was created but does not appear in the account's list yet; try again`,
    );
  }
  return created;
}

async function findDatabase(deployment: Deployment, name: string): Promise<string | undefined> {
  const { stdout } = await run(deployment, ["d1", "list", "--json"]);
  const databases = parseOutput<{ uuid: string; name: string }[]>(stdout);
  if (databases === undefined) {
    throw new DeployFailure(`cannot parse wrangler's list of databases\n${stdout.trim()}`);
  }
  return databases.find((database) => database.name === name)?.uuid;
}

/** The title of a namespace, unique in an account with other namespaces: LIMITS is `sluice-limits`. */
function namespaceTitle(binding: string): string {
  return `sluice-${binding.toLowerCase().replaceAll("_", "-")}`;
}

/** Finds or creates a namespace and returns its id, as for a database. */
async function provisionNamespace(deployment: Deployment, title: string): Promise<string> {
  const found = await findNamespace(deployment, title);
  if (found !== undefined) {
    return found;
  }
  await run(deployment, ["kv", "namespace", "create", title]);
  const created = await findNamespace(deployment, title);
  if (created === undefined) {
    throw new DeployFailure(
      `the namespace "${title}" was created but does not appear in the account's list yet; try again`,
    );
  }
  return created;
}

async function findNamespace(deployment: Deployment, wanted: string): Promise<string | undefined> {
  const { stdout } = await run(deployment, ["kv", "namespace", "list"]);
  const namespaces = parseOutput<{ id: string; title: string }[]>(stdout);
  if (namespaces === undefined) {
    throw new DeployFailure(`cannot parse wrangler's list of namespaces\n${stdout.trim()}`);
  }
  return namespaces.find(({ title }) => title === wanted)?.id;
}

async function putSecretWhenAbsent(deployment: Deployment): Promise<void> {
  const { stdout } = await run(deployment, ["secret", "list", "--format", "json"]);
  const secrets = parseOutput<{ name: string }[]>(stdout);
  if (secrets === undefined) {
    throw new DeployFailure(`cannot parse wrangler's list of secrets\n${stdout.trim()}`);
  }
  if (secrets.some((secret) => secret.name === SECRET_NAME)) {
    return;
  }
  deployment.say(`Setting a new ${SECRET_NAME}`);
  await run(deployment, ["secret", "put", SECRET_NAME], { input: randomBytes(32).toString("base64url") });
}

async function run(deployment: Deployment, args: readonly string[], options?: WranglerOptions) {
  const result = await deployment.wrangler(args, options);
  if (result.exitCode !== 0) {
    const output = `${result.stderr.trim()}\n${result.stdout.trim()}`.trim();
    throw new DeployFailure(`wrangler ${args.join(" ")} failed with exit code ${result.exitCode}\n${output}`.trim());
  }
  return result;
}

/** Wrangler's JSON output; undefined if it is not JSON. */
function parseOutput<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T; // wrangler documents the members that are read here
  } catch {
    return undefined;
  }
}

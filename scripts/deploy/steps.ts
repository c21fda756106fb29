/**
 * What `npm run deploy` does, in order: provision, migrate, deploy, protect. It guarantees that a step begins only
 * when the one before it succeeded, that running it again repeats nothing that is done, and that the secret is never
 * replaced and never printed. Migrations come before the code that needs them; a first deployment answers 503 until
 * its secret is put.
 */
import { randomBytes } from "node:crypto";
import { unstable_readConfig as readConfig } from "wrangler";
import type { WranglerOptions, WranglerResult } from "../wrangler-command.ts";

/** The database id of a checkout that was never deployed. */
export const PLACEHOLDER_DATABASE_ID = "00000000-0000-0000-0000-000000000000";

/** The same for the namespaces of KV: each its own, since locally those of one id are one namespace. */
const PLACEHOLDER_NAMESPACE_ID = /^0{31}[0-9]$/;

const SECRET_NAME = "SLUICE_SECRET";

export interface Deployment {
  /** The path of wrangler.toml. */
  config: string;
  /** Runs one wrangler command. */
  wrangler(args: readonly string[], options?: WranglerOptions): Promise<WranglerResult>;
  /** Puts the id of a database where wrangler.toml still has the placeholder. */
  saveDatabaseId(id: string): Promise<void>;
  /** The same for the namespace that has this placeholder. */
  saveNamespaceId(placeholder: string, id: string): Promise<void>;
  /** Prints a line for the person who deploys. */
  say(line: string): void;
}

/** Why a deployment ended early, worded for the person who deploys. */
export class DeployFailure extends Error {
  override readonly name = "DeployFailure";
}

/**
 * Provisions, migrates and deploys.
 *
 * @throws DeployFailure with what to do about it.
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
    // A captured command is not asked to confirm; the list of migrations is shown once they are applied.
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
    say("No route leads to it yet: add `routes` to wrangler.toml, or set `workers_dev = true`, and deploy again.");
  }
}

async function assertLoggedIn({ wrangler }: Deployment): Promise<void> {
  const { exitCode, stdout, stderr } = await wrangler(["whoami", "--json"]);
  if (exitCode === 0) {
    return;
  }
  const { loggedIn } = parseAnswer<{ loggedIn?: boolean }>(stdout) ?? {};
  throw new DeployFailure(
    loggedIn === false
      ? "you are not logged in to Cloudflare: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and try again"
      : `could not ask Cloudflare who you are\n${stderr.trim()}\n${stdout.trim()}`.trim(),
  );
}

/** Finds or creates a database and returns its id; an earlier run may have created it and then failed. */
async function provisionDatabase(deployment: Deployment, name: string): Promise<string> {
  const found = await findDatabase(deployment, name);
  if (found !== undefined) {
    return found;
  }
  await run(deployment, ["d1", "create", name]);
  const created = await findDatabase(deployment, name);
  if (created === undefined) {
    throw new DeployFailure(`the database "${name}" was created, but is not in the account's list; try again`);
  }
  return created;
}

async function findDatabase(deployment: Deployment, name: string): Promise<string | undefined> {
  const { stdout } = await run(deployment, ["d1", "list", "--json"]);
  const databases = parseAnswer<{ uuid: string; name: string }[]>(stdout);
  if (databases === undefined) {
    throw new DeployFailure(`wrangler's list of databases cannot be read\n${stdout.trim()}`);
  }
  return databases.find((database) => database.name === name)?.uuid;
}

/** What a namespace is called in the account, where others may be: LIMITS is `sluice-limits`. */
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
    throw new DeployFailure(`the namespace "${title}" was created, but is not in the account's list; try again`);
  }
  return created;
}

async function findNamespace(deployment: Deployment, wanted: string): Promise<string | undefined> {
  const { stdout } = await run(deployment, ["kv", "namespace", "list"]);
  const namespaces = parseAnswer<{ id: string; title: string }[]>(stdout);
  if (namespaces === undefined) {
    throw new DeployFailure(`wrangler's list of namespaces cannot be read\n${stdout.trim()}`);
  }
  return namespaces.find(({ title }) => title === wanted)?.id;
}

async function putSecretWhenAbsent(deployment: Deployment): Promise<void> {
  const { stdout } = await run(deployment, ["secret", "list", "--format", "json"]);
  const secrets = parseAnswer<{ name: string }[]>(stdout);
  if (secrets === undefined) {
    throw new DeployFailure(`wrangler's list of secrets cannot be read\n${stdout.trim()}`);
  }
  if (secrets.some((secret) => secret.name === SECRET_NAME)) {
    return;
  }
  deployment.say(`Putting a new ${SECRET_NAME}`);
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

/** JSON as wrangler printed it; undefined when it is none. */
function parseAnswer<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T; // wrangler documents the members that are read here
  } catch {
    return undefined;
  }
}

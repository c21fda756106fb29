import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { type Deployment, deploy, PLACEHOLDER_DATABASE_ID } from "../../scripts/deploy/steps.ts";
import type { WranglerOptions } from "../../scripts/wrangler-command.ts";

const PROJECT_DIRECTORY = join(import.meta.dirname, "../..");
const CONFIG = join(PROJECT_DIRECTORY, "wrangler.toml");

interface Account {
  loggedIn?: boolean;
  databases?: { name: string; uuid: string }[];
  secrets?: { name: string }[];
  namespaces?: { title: string; id: string }[];
  failing?: string;
}

/** A deployment to a simulated account, which records all commands and output. */
function deploymentTo(account: Account) {
  const commands: string[] = [];
  const inputs: (string | undefined)[] = [];
  const savedIds: string[] = [];
  const printed: string[] = [];
  const databases = [...(account.databases ?? [])];
  const namespaces = [...(account.namespaces ?? [])];
  const savedNamespaces: (readonly [placeholder: string, id: string])[] = [];
  const deployment: Deployment = {
    config: CONFIG,
    say: (line) => printed.push(line),
    async saveDatabaseId(id) {
      savedIds.push(id);
    },
    async saveNamespaceId(placeholder, id) {
      savedNamespaces.push([placeholder, id]);
    },
    async wrangler(args: readonly string[], options?: WranglerOptions) {
      const command = args.join(" ");
      commands.push(command);
      inputs.push(options?.input);
      if (command === account.failing) {
        return { exitCode: 1, stdout: "", stderr: "it broke" };
      }
      if (command === "whoami --json" && account.loggedIn === false) {
        return { exitCode: 1, stdout: '{"loggedIn":false}', stderr: "" };
      }
      if (command.startsWith("d1 create")) {
        databases.push({ name: String(args[2]), uuid: "11111111-2222-4333-8444-555555555555" });
      }
      if (command.startsWith("kv namespace create")) {
        namespaces.push({ title: String(args[3]), id: `of ${args[3]}` });
      }
      if (command === "kv namespace list") return { exitCode: 0, stdout: JSON.stringify(namespaces), stderr: "" };
      const output = command === "d1 list --json" ? databases : (account.secrets ?? []);
      return { exitCode: 0, stdout: JSON.stringify(output), stderr: "" };
    },
  };
  return { deployment, commands, inputs, savedIds, savedNamespaces, printed };
}

// After a real deployment wrangler.toml contains an id, and nothing is provisioned.
const neverDeployed = readFileSync(CONFIG, "utf8").includes(PLACEHOLDER_DATABASE_ID);

describe("npm run deploy", () => {
  it("prints each command of a first deployment with --dry-run, and changes nothing", () => {
    const before = readFileSync(CONFIG, "utf8");
    const node = join(PROJECT_DIRECTORY, "node_modules/.bin/node");
    const output = execFileSync(node, ["scripts/deploy.ts", "--dry-run"], { cwd: PROJECT_DIRECTORY, encoding: "utf8" });
    const commands = output.split("\n").filter((line) => line.startsWith("$ "));
    expect(commands).toEqual([
      "$ wrangler whoami --json",
      ...(neverDeployed
        ? ["$ wrangler d1 list --json", "$ wrangler d1 create sluice", "$ wrangler d1 list --json"]
        : []),
      "$ wrangler d1 migrations apply DB --remote",
      ...(neverDeployed
        ? [
            "$ wrangler kv namespace list",
            "$ wrangler kv namespace create sluice-limits",
            "$ wrangler kv namespace list",
            "$ wrangler kv namespace list",
            "$ wrangler kv namespace create sluice-read-models",
            "$ wrangler kv namespace list",
          ]
        : []),
      "$ wrangler deploy",
      "$ wrangler secret list --format json",
      "$ wrangler secret put SLUICE_SECRET  (reads a value from standard input)",
    ]);
    expect(readFileSync(CONFIG, "utf8")).toBe(before);
  });

  it.runIf(neverDeployed)("creates the database once and saves its id", async () => {
    const fresh = deploymentTo({});
    await deploy(fresh.deployment);
    expect(fresh.savedIds).toEqual(["11111111-2222-4333-8444-555555555555"]);

    const created = deploymentTo({ databases: [{ name: "sluice", uuid: "of an earlier run" }] });
    await deploy(created.deployment);
    expect(created.commands).not.toContain("d1 create sluice");
    expect(created.savedIds).toEqual(["of an earlier run"]);
  });

  it.runIf(neverDeployed)("creates each namespace once and saves its id in place of its placeholder", async () => {
    const fresh = deploymentTo({});
    await deploy(fresh.deployment);
    const [limits, readModels] = ["00000000000000000000000000000000", "00000000000000000000000000000001"];
    expect(fresh.savedNamespaces).toEqual([
      [limits, "of sluice-limits"],
      [readModels, "of sluice-read-models"],
    ]);

    const created = deploymentTo({ namespaces: [{ title: "sluice-limits", id: "of an earlier run" }] });
    await deploy(created.deployment);
    expect(created.commands).not.toContain("kv namespace create sluice-limits");
    expect(created.commands).toContain("kv namespace create sluice-read-models");
    expect(created.savedNamespaces).toEqual([
      [limits, "of an earlier run"],
      [readModels, "of sluice-read-models"],
    ]);
  });

  it("sets a secret of 32 random bytes and never prints it", async () => {
    const { deployment, commands, inputs, printed } = deploymentTo({});
    await deploy(deployment);
    expect(commands.at(-1)).toBe("secret put SLUICE_SECRET");
    const secret = String(inputs.at(-1));
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    expect(printed.join("\n") + commands.join("\n")).not.toContain(secret);
  });

  it("keeps an existing secret", async () => {
    const { deployment, commands } = deploymentTo({ secrets: [{ name: "SLUICE_SECRET" }] });
    await deploy(deployment);
    expect(commands.at(-1)).toBe("secret list --format json");
  });

  it("fails without a login before any other command", async () => {
    const { deployment, commands } = deploymentTo({ loggedIn: false });
    await expect(deploy(deployment)).rejects.toThrow("npx wrangler login");
    expect(commands).toEqual(["whoami --json"]);
  });

  it.each(["d1 migrations apply DB --remote", "deploy", "secret list --format json"])(
    "stops at a failing %s",
    async (failing) => {
      const { deployment, commands } = deploymentTo({ failing });
      await expect(deploy(deployment)).rejects.toThrow("it broke");
      expect(commands.at(-1)).toBe(failing);
    },
  );
});

describe("the logs of a deployment", () => {
  it("K04 contain the Worker's lines and no invocation logs, which contain whole URLs", () => {
    const { observability, logpush, tail_consumers } = readConfig({ config: CONFIG });
    expect(observability?.enabled).toBe(true);
    expect(observability?.logs).toMatchObject({ enabled: true, invocation_logs: false });
    // Both of these would contain URLs.
    expect(logpush).not.toBe(true);
    expect(tail_consumers ?? []).toEqual([]);
  });
});

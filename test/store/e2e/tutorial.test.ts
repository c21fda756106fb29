/**
 * docs/tutorial.md, command by command, in a copy of the project: without the demo store, a new module passes the static
 * checks and its tests, and serves requests. Of the remaining suite only a part runs here, since all of it takes minutes.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  globSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../e2e/start-process.ts";

const PROJECT_DIRECTORY = join(import.meta.dirname, "../../..");
const NOT_COPIED = new Set([".git", ".sluice", ".wrangler", "node_modules"]);

/**
 * The remaining tests that a dependency on the store breaks first: rules of all operations, the tables, and the tests of
 * credentials and consent, which need scopes that a customer or staff alone can grant.
 */
const REMAINING = [
  "test/core/contract/module.test.ts",
  "test/core/contract/policies.test.ts",
  "test/core/contract/write-rules.test.ts",
  "test/schema",
  "test/features/credentials/api-keys/authority.test.ts",
  "test/features/identity/clients/metadata.test.ts",
  "test/features/identity/server/scopes.test.ts",
  "test/web/account/interaction.test.ts",
];

interface Step {
  readonly kind: "sh" | "diff";
  readonly text: string;
  /** The expected output, in which `…` stands for anything. */
  readonly output: string | undefined;
}

const steps = Array.from(
  readFileSync(join(PROJECT_DIRECTORY, "docs/tutorial.md"), "utf8").matchAll(
    /```(sh|diff)\n(.*?)```(?:\n\n```text\n(.*?)```)?/gs,
  ),
  ([, kind, text = "", output]): Step => ({ kind: kind === "diff" ? "diff" : "sh", text, output }),
);

const root = mkdtempSync(join(tmpdir(), "tutorial-"));
let port = "";
let server: ChildProcess | undefined;

beforeAll(async () => {
  for (const name of readdirSync(PROJECT_DIRECTORY).filter((entry) => !NOT_COPIED.has(entry)))
    cpSync(join(PROJECT_DIRECTORY, name), join(root, name), { recursive: true });
  linkTree(join(PROJECT_DIRECTORY, "node_modules"), join(root, "node_modules"));
  port = String(await freePort());
});

afterAll(async () => {
  if (server !== undefined && server.exitCode === null) {
    const ended = new Promise((resolve) => server?.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
  }
  rmSync(root, { recursive: true, force: true });
});

it("has steps of every kind", () => {
  expect(steps.filter(({ kind }) => kind === "diff").length).toBeGreaterThan(2);
  expect(steps.filter(({ output }) => output !== undefined).length).toBeGreaterThan(5);
});

it.each(steps.map((step) => ({ ...step, name: step.text.split("\n")[step.kind === "diff" ? 1 : 0] })))(
  "$kind $name",
  async ({ kind, text, output }) => {
    if (kind === "diff") {
      applyChange(text);
      return;
    }
    for (const command of text.trim().split("\n")) {
      // The packages are linked already, and removing them needs no network.
      if (command === "npm ci") continue;
      const printed = command === "npm start" ? await startService() : run(adapted(command));
      if (output !== undefined) expect(printed).toMatch(patternOf(output));
    }
  },
);

it("leaves a project whose remaining tests pass and whose documents are up to date", () => {
  run("node scripts/generate.ts --check");
  run(`vitest run --project workerd ${REMAINING.join(" ")}`);
});

it("leaves no unused code, and no import of the store", () => {
  expect(run("knip")).toBe("");
});

/** The command for the copy: its own port, and no network. */
function adapted(command: string): string {
  return command
    .replace("127.0.0.1:8787", `127.0.0.1:${port}`)
    .replace("npm run --silent token --", `npm run --silent token -- --port ${port}`)
    .replace(/^npm uninstall/, "npm uninstall --offline --no-audit --no-fund")
    .replace(/^curl /, "curl --silent --show-error ");
}

function environment(): NodeJS.ProcessEnv {
  // The environment of the tests must not affect the copy.
  const { NODE_ENV: _mode, VITEST: _vitest, ...inherited } = process.env;
  return { ...inherited, PATH: `${join(root, "node_modules/.bin")}:${inherited["PATH"]}`, NO_COLOR: "1" };
}

function run(command: string): string {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], {
    cwd: root,
    encoding: "utf8",
    env: environment(),
    timeout: 110_000,
  });
  expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** `npm start`, until it serves. */
async function startService(): Promise<string> {
  const child = spawn("node", ["scripts/start.ts", "--port", port, "--state", join(root, "state")], {
    cwd: root,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  server = child;
  let printed = "";
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk;
      if (printed.includes("ready on ")) resolve(printed.replaceAll(port, "8787"));
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", () => reject(new Error(`the service ended: ${printed}`)));
  });
}

/** Replaces the lines of each part of the change. Each part must occur exactly once. */
function applyChange(change: string): void {
  const [, named = ""] = /^\+\+\+ b\/(.+)$/m.exec(change) ?? [];
  const [file = named] = globSync(named.replace("…", "*"), { cwd: root }); // `…` is the number of a migration
  const path = join(root, file);
  let source = readFileSync(path, "utf8");
  for (const part of change.split(/^@@\n/m).slice(1)) {
    const lines = part.split("\n").filter((line) => line !== "");
    const side = (removed: string) =>
      lines
        .filter((line) => !line.startsWith(removed))
        .map((line) => line.slice(1).trim())
        .join("\n");
    const before = new RegExp(
      side("+")
        .split("\n")
        .map((line) => ` *${escaped(line)}`)
        .join("\n"),
      "g",
    );
    expect(source.match(before), `${file}: ${side("+")}`).toHaveLength(1);
    source = source.replace(before, () => side("-"));
  }
  writeFileSync(path, source);
  if (file.endsWith(".ts"))
    execFileSync("biome", ["format", "--write", file], { cwd: root, env: environment(), stdio: "ignore" });
}

function patternOf(output: string): RegExp {
  return new RegExp(output.trim().split("…").map(escaped).join("[^]*"));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/**
 * Creates hard links if the file system supports them between the two directories, and copies otherwise. npm writes its
 * list of packages in place, so that file is a copy.
 */
function linkTree(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) cpSync(source, target, { verbatimSymlinks: true });
    else if (entry.name === ".package-lock.json") cpSync(source, target);
    else linkOrCopy(source, target);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    cpSync(source, target);
  }
}

/** Every command in the README does what the README says, as it is typed there. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { type LocalServer, startServer } from "../../scripts/local/server.ts";

const run = promisify(execFile);
const readme = readFileSync("README.md", "utf8");
const DOCUMENTED_ORIGIN = "http://127.0.0.1:8787";

const blocks = Array.from(readme.matchAll(/```sh\n(.*?)```/gs), ([, block = ""]) => block.trim());
const commands = blocks.flatMap((block) => block.split("\n")).filter((line) => line !== "" && !line.startsWith("#"));
const curls = commands.filter((line) => line.startsWith("curl "));

describe("the curl lines", () => {
  let server: LocalServer;
  const directory = mkdtempSync(join(tmpdir(), "readme-"));

  beforeAll(async () => {
    vi.stubEnv("SLUICE_CORS_ORIGINS", "https://shop.example");
    server = await startServer({ port: 0, stateDirectory: join(directory, "state"), log: () => undefined });
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  it("reach a service that takes its variables from the terminal's environment", async () => {
    const list = await fetch(`${server.url}/v1/products?limit=1`, { headers: { Origin: "https://shop.example" } });
    expect(list.headers.get("Access-Control-Allow-Origin")).toBe("https://shop.example");
  });

  it("are there", () => {
    expect(curls.length).toBeGreaterThan(8);
  });

  // In order: a later line may need what an earlier one has saved. A comment behind a line gives its status; 200 without.
  it.each(curls)("%s", async (line) => {
    const [, command = "", expected = "200"] = /^(.*?)(?: # (\d{3}))?$/.exec(line) ?? [];
    const there = command
      .replace(DOCUMENTED_ORIGIN, server.url)
      .replace(
        "npm run --silent token --",
        `npm --prefix ${process.cwd()} run --silent token -- --port ${new URL(server.url).port}`,
      );
    const typed = `${there} --silent --output answer --write-out '%{http_code}'`;
    const { stdout } = await run("bash", ["-c", typed], { cwd: directory });
    expect(stdout).toBe(expected);
  });
});

describe("the other commands", () => {
  it("are these, and each is tested", () => {
    const others = commands.filter((line) => !line.startsWith("curl "));
    // start.test.ts runs the first, this very run is the second, deploy.test.ts runs the third.
    expect(others).toEqual(["npm ci && npm start", "npm ci && npm test", "npm run deploy -- --dry-run"]);
    expect(readFileSync(".ci/run", "utf8")).toContain("\nnpm ci && npm test\n");
  });

  it("exist in package.json", () => {
    const named = Array.from(readme.matchAll(/`npm run ([a-z][\w:-]*)/g), ([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(packageJson.scripts).toHaveProperty(name);
  });

  it("rehearse a deployment without an account", async () => {
    const { stdout } = await run("npm", ["run", "--silent", "deploy", "--", "--dry-run"], { env: process.env });
    expect(stdout).toContain("d1 migrations apply");
  });
});

describe("the links and files it names", () => {
  const documents = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/caching.md",
    "docs/consistency.md",
    "docs/operations.md",
    "docs/storage.md",
    "docs/decisions.md",
    "docs/guarantees.md",
    "docs/comparison.md",
    "docs/api-style.md",
    "docs/idempotency.md",
    "docs/identity.md",
    "docs/limits.md",
    "docs/people.md",
    "docs/threat-model.md",
    "docs/tutorial.md",
  ];

  it.each(documents)("of %s exist", (document) => {
    const text = readFileSync(document, "utf8");
    const links = Array.from(text.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, link = ""]) =>
      resolve(document, "..", link),
    );
    const files = Array.from(
      text.matchAll(/`((?:src|test|docs|scripts|schema|migrations|bench)\/[\w./-]*)`/g),
      ([, file = ""]) => resolve(file),
    );
    for (const target of [...links, ...files]) expect(existsSync(target), `${document} names ${target}`).toBe(true);
  });
});

describe("what the documents say of consistency", () => {
  const rows = readFileSync("docs/consistency.md", "utf8")
    .split("\n")
    .filter((line) => line.split(" | ").length === 4 && !/^\| (?:---|datum)/.test(line))
    .map((line) => ({ datum: line.split(" | ")[0]?.slice(2) ?? "", shown: line.split(" | ")[3] ?? "" }));

  it("is about many things", () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)("is shown by a test: $datum", ({ shown }) => {
    const files = Array.from(shown.matchAll(/`(test\/[\w./-]+)`/g), ([, file = ""]) => file);
    expect(files).not.toEqual([]);
    const sources = files.filter((file) => file.endsWith(".ts")).map((file) => readFileSync(file, "utf8"));
    // Where a name has an ellipsis, the test is one of a table.
    for (const [, name = ""] of shown.matchAll(/"([^"]+)"/g)) {
      const parts = name.split("…").filter((part) => part.trim() !== "");
      expect(
        sources.some((source) => parts.every((part) => source.includes(part))),
        name,
      ).toBe(true);
    }
  });
});

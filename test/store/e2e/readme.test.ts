/** Every curl command of the README works against the store as printed and returns the documented status. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LocalServer, startServer } from "../../../scripts/local/server.ts";

const run = promisify(execFile);
const readme = readFileSync("README.md", "utf8");
const DOCUMENTED_ORIGIN = "http://127.0.0.1:8787";

const blocks = Array.from(readme.matchAll(/```sh\n(.*?)```/gs), ([, block = ""]) => block.trim());
const curls = blocks.flatMap((block) => block.split("\n")).filter((line) => line.startsWith("curl "));

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

  it("exist", () => {
    expect(curls.length).toBeGreaterThan(8);
  });

  // In order, because a later line may need what an earlier one has saved. A comment after a line gives its status,
  // else 200.
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

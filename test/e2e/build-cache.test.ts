/** A build is used again for the same sources, and for no others. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { builtWorker } from "../../scripts/local/build-cache.ts";

let project: string;
let builds: number;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "sluice-builds-"));
  for (const directory of ["src/core", "schema"]) mkdirSync(join(project, directory), { recursive: true });
  for (const file of ["wrangler.toml", "tsconfig.json", "package.json", "package-lock.json", "src/core/a.ts"]) {
    writeFileSync(join(project, file), file);
  }
  builds = 0;
});

afterEach(() => {
  rmSync(project, { recursive: true });
});

async function build(outDirectory: string): Promise<void> {
  builds += 1;
  writeFileSync(join(outDirectory, "worker.js"), `build ${builds}`);
}

async function built(): Promise<string> {
  return readFileSync(join(await builtWorker(project, build), "worker.js"), "utf8");
}

it("builds the same sources once", async () => {
  expect([await built(), await built()]).toEqual(["build 1", "build 1"]);
});

it.each(["src/core/a.ts", "wrangler.toml", "package-lock.json"])("builds again after a change of %s", async (file) => {
  await built();
  writeFileSync(join(project, file), "changed");
  expect(await built()).toBe("build 2");
});

it("builds again after a file was added, renamed or removed", async () => {
  await built();
  writeFileSync(join(project, "src/b.ts"), "");
  expect(await built()).toBe("build 2");
  rmSync(join(project, "src/b.ts"));
  writeFileSync(join(project, "src/c.ts"), "");
  expect(await built()).toBe("build 3");
  rmSync(join(project, "src/c.ts"));
  expect(await built()).toBe("build 1");
});

it("keeps nothing of a failed build", async () => {
  await expect(builtWorker(project, async () => Promise.reject(new Error("a syntax error")))).rejects.toThrow("syntax");
  expect(readdirSync(join(project, "node_modules/.cache/sluice-builds"))).toEqual([]);
  expect(await built()).toBe("build 1");
});

it("gives two processes that build at once the same directory", async () => {
  const [one, two] = await Promise.all([builtWorker(project, build), builtWorker(project, build)]);
  expect(one).toBe(two);
  expect(readdirSync(join(project, "node_modules/.cache/sluice-builds"))).toHaveLength(1);
});

it("removes builds that are older than a day", async () => {
  const old = await builtWorker(project, build);
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
  utimesSync(old, twoDaysAgo, twoDaysAgo);
  writeFileSync(join(project, "schema/b.ts"), "");
  const present = await builtWorker(project, build);
  expect(readdirSync(join(project, "node_modules/.cache/sluice-builds"))).toEqual([present.split("/").at(-1)]);
});

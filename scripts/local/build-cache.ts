/**
 * Bundles the Worker exactly as a deployment does, with `wrangler deploy --dry-run`, which takes two seconds. The result
 * is kept under a hash of all that it is made from. A failed build throws and keeps nothing.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT_DIRECTORY, runWrangler, WRANGLER_CONFIG } from "../wrangler-command.ts";
import { StartFailure } from "./start-failure.ts";

const BUILDS = "node_modules/.cache/sluice-builds";
/** What a build is made from. The lock file stands for the packages. */
const SOURCES = ["src", "schema", "wrangler.toml", "tsconfig.json", "package.json", "package-lock.json"];
const KEEP_MS = 24 * 60 * 60 * 1000;

/**
 * The directory of the bundle, which must not be changed.
 *
 * @throws StartFailure with wrangler's output if the Worker does not build
 */
export async function builtWorker(project = PROJECT_DIRECTORY, build = buildByWrangler): Promise<string> {
  const builds = join(project, BUILDS);
  const directory = join(builds, await hashSources(project));
  if (existsSync(directory)) return directory;
  await mkdir(builds, { recursive: true });
  await removeOldBuilds(builds);
  const draft = await mkdtemp(join(builds, "draft-"));
  try {
    await build(draft);
    await rename(draft, directory).catch((error: unknown) => {
      // Another process can have built the same meanwhile.
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return directory;
}

async function buildByWrangler(outDirectory: string): Promise<void> {
  const { exitCode, stderr, stdout } = await runWrangler([
    "deploy",
    "--dry-run",
    "--outdir",
    outDirectory,
    "--config",
    WRANGLER_CONFIG,
  ]);
  if (exitCode !== 0) {
    throw new StartFailure(`the worker does not build\n${stderr.trim()}\n${stdout.trim()}`.trim());
  }
}

async function hashSources(project: string): Promise<string> {
  // The build replaces `process.env.NODE_ENV` by its value.
  const hash = createHash("sha256").update(process.env["NODE_ENV"] ?? "");
  for (const source of SOURCES) {
    for (const file of await filesIn(join(project, source))) {
      hash.update(`${file.slice(project.length)}\0`).update(await readFile(file));
    }
  }
  return hash.digest("hex");
}

/** The file itself, or all files in the directory, in a fixed order. */
async function filesIn(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}

async function removeOldBuilds(builds: string): Promise<void> {
  for (const name of await readdir(builds)) {
    const path = join(builds, name);
    // A draft can vanish meanwhile.
    const entry = await stat(path).catch(() => undefined);
    if (entry !== undefined && entry.mtimeMs < Date.now() - KEEP_MS) await rm(path, { recursive: true, force: true });
  }
}

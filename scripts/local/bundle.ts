/**
 * Bundles the Worker exactly as a deployment would, with `wrangler deploy --dry-run`. It guarantees that what it lists
 * was made by this run alone, and refuses to list anything when the build failed.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { runWrangler, WRANGLER_CONFIG } from "../wrangler-command.ts";
import { StartFailure } from "./start-failure.ts";

export interface Bundle {
  /** Absolute path that the modules' names are relative to. */
  directory: string;
  /** The entry first. */
  modules: BundledModule[];
}

interface BundledModule {
  type: "ESModule" | "CompiledWasm" | "Text" | "Data";
  /** Absolute path of the module's file. */
  path: string;
}

// Wrangler's own rules for what an import of such a file means; maps and the README are no modules.
const MODULE_TYPES: Readonly<Record<string, BundledModule["type"]>> = {
  ".js": "ESModule",
  ".mjs": "ESModule",
  ".wasm": "CompiledWasm",
  ".txt": "Text",
  ".html": "Text",
  ".sql": "Text",
  ".bin": "Data",
};

/**
 * Bundles the Worker into a directory, which is emptied first, and lists what it holds.
 *
 * @throws StartFailure with wrangler's own words when the Worker does not build.
 */
export async function bundleWorker(outDirectory: string): Promise<Bundle> {
  await rm(outDirectory, { recursive: true, force: true });
  await mkdir(outDirectory, { recursive: true });
  const build = await runWrangler(["deploy", "--dry-run", "--outdir", outDirectory, "--config", WRANGLER_CONFIG]);
  if (build.exitCode !== 0) {
    throw new StartFailure(`the worker does not build\n${build.stderr.trim()}\n${build.stdout.trim()}`.trim());
  }
  const modules: BundledModule[] = [];
  for (const file of await readdir(outDirectory, { recursive: true })) {
    const type = MODULE_TYPES[extname(file)];
    if (type !== undefined) {
      modules.push({ type, path: join(outDirectory, file) });
    }
  }
  // Miniflare takes the first module for the entry; wrangler names it after the configured main file.
  modules.sort((a, b) => Number(isEntry(b)) - Number(isEntry(a)));
  return { directory: outDirectory, modules };
}

function isEntry(module: BundledModule): boolean {
  return basename(module.path) === "worker.js";
}

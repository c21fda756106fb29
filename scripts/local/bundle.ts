/** Lists the modules of the bundled Worker. The directory contains only files of this build. */
import { cp, readdir, rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { builtWorker } from "./build-cache.ts";

export interface Bundle {
  /** The absolute path that the modules' names are relative to. */
  directory: string;
  /** The entry comes first. */
  modules: BundledModule[];
}

interface BundledModule {
  type: "ESModule" | "CompiledWasm" | "Text" | "Data";
  /** The absolute path of the module's file. */
  path: string;
}

// Wrangler's rules for imports of these files. Source maps and the README are not modules.
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
 * Empties the directory, bundles the Worker into it and lists the modules. Sources that were built before are not built
 * again.
 *
 * @throws StartFailure with wrangler's output if the Worker does not build
 */
export async function bundleWorker(outDirectory: string): Promise<Bundle> {
  await rm(outDirectory, { recursive: true, force: true });
  await cp(await builtWorker(), outDirectory, { recursive: true });
  const modules: BundledModule[] = [];
  for (const file of await readdir(outDirectory, { recursive: true })) {
    const type = MODULE_TYPES[extname(file)];
    if (type !== undefined) {
      modules.push({ type, path: join(outDirectory, file) });
    }
  }
  // Miniflare uses the first module as the entry. Wrangler names it after the configured main file.
  modules.sort((a, b) => Number(isEntry(b)) - Number(isEntry(a)));
  return { directory: outDirectory, modules };
}

function isEntry(module: BundledModule): boolean {
  return basename(module.path) === "worker.js";
}

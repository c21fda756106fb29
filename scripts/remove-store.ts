/**
 * `npm run remove-store`: deletes the demo store, its seed and its tests, and updates the lists and the documents that
 * name it. Its tables stay in `migrations/`. Exit codes: 1 if a step fails, 2 for invalid arguments.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTool } from "./new/run-tool.ts";
import { withoutImports } from "./new/without-imports.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url).href);

const FOLDERS = ["src/store", "test/store", "scripts/seed/store"];

/** The files that list the store's parts, and the beginning of the paths from which they import them. */
const LISTS = [
  ["src/modules.ts", "#store/"],
  ["scripts/seed/seeds.ts", "./store/"],
] as const;

if (process.argv.length > 2) {
  console.error("Usage: npm run remove-store\n\nDeletes the demo store, its seed and its tests.");
  process.exitCode = 2;
} else if (!existsSync(join(ROOT, "scripts/seed/store"))) {
  console.log("The demo store is not here. Nothing was changed.");
} else {
  removeStore();
}

function removeStore(): void {
  for (const folder of FOLDERS) rmSync(join(ROOT, folder), { recursive: true });
  for (const [path, from] of LISTS) {
    const file = join(ROOT, path);
    writeFileSync(file, withoutImports(readFileSync(file, "utf8"), from));
  }
  runTool(ROOT, "biome", "check", "--write", "--linter-enabled=false", ...LISTS.map(([path]) => path));
  console.log(`Deleted: ${FOLDERS.join(", ")}`);
  console.log(`Changed: ${LISTS.map(([path]) => path).join(", ")}`);
  runTool(ROOT, "node", "scripts/generate.ts");
  console.log(`
Next:
  npm run new -- module NAME    write a module of your own
To undo: git checkout .`);
}

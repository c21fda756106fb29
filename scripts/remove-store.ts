/**
 * `npm run remove-store`: deletes the demo store, its seed and its tests, and updates the lists and the documents that
 * name it. Its tables stay in `migrations/`. Exit codes: 1 if a step fails, 2 for invalid arguments.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTool } from "./new/run-tool.ts";
import { deleteStore, STORE_FILES, STORE_LINES } from "./new/store-files.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url).href);

if (process.argv.length > 2) {
  console.error("Usage: npm run remove-store\n\nDeletes the demo store, its seed and its tests.");
  process.exitCode = 2;
} else if (!existsSync(join(ROOT, "scripts/seed/store"))) {
  console.log("The demo store is not here. Nothing was changed.");
} else {
  removeStore();
}

function removeStore(): void {
  deleteStore(ROOT);
  const changed = Object.keys(STORE_LINES);
  runTool(ROOT, "biome", "check", "--write", "--linter-enabled=false", ...changed);
  console.log(`Deleted: ${STORE_FILES.join(", ")}`);
  console.log(`Changed: ${changed.join(", ")}`);
  runTool(ROOT, "node", "scripts/generate.ts");
  console.log(`
Next:
  npm run new -- module NAME    write a module of your own
To undo: git checkout .`);
}

/**
 * The files and lines of the demo store. After they are deleted, `npm install`, `npm run format` and `npm run generate`
 * complete the change, so that the rest type-checks and passes its tests. Migrations stay, because they are never edited. A
 * new one can drop the tables.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The files and folders that are deleted. */
export const STORE_FILES: readonly string[] = [
  "src/store",
  "test/store",
  "schema/addresses.ts",
  "schema/ledger-entries.ts",
  "schema/orders.ts",
  "schema/products.ts",
  "scripts/seed/store",
  "scripts/soak",
  "scripts/soak.ts",
  "scripts/soak-reads.ts",
  "bench/caching",
  "bench/caching.ts",
  "bench/reads.ts",
];

/** The lines that are deleted from other files. */
export const STORE_LINES: Readonly<Record<string, RegExp>> = {
  "src/modules.ts": /#store\/|^ +(?:products|reference|addresses|orders)Module,$/,
  "scripts/seed/seeds.ts": /storeTables/,
  "package.json": /scripts\/soak|bench\/(?:reads|caching)\.ts|http-cache-semantics|"undici"/,
  "vitest.config.ts": /test\/store\/orders/,
};

/** Deletes the store from the working tree in `root`. @public */
export function deleteStore(root: string): void {
  for (const file of STORE_FILES) rmSync(join(root, file), { recursive: true });
  for (const [file, pattern] of Object.entries(STORE_LINES)) {
    const lines = readFileSync(join(root, file), "utf8").split("\n");
    const text = lines.filter((line) => !pattern.test(line)).join("\n");
    // The last line of a list in JSON has no comma.
    writeFileSync(join(root, file), file.endsWith(".json") ? text.replaceAll(/,(?=\s*[}\]])/g, "") : text);
  }
}

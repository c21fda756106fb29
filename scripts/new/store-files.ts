/**
 * What belongs to the demo store. After it is deleted, `npm install`, `npm run format` and `npm run generate` make
 * the rest whole: it type-checks and passes its tests. Migrations stay, because they are never edited: a new one may drop the tables.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files and folders that go. */
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

/** Lines that go from files that stay. */
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

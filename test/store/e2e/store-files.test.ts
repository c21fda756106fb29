/**
 * The lists for the removal of the store name existing files and lines, and cover every folder named after the store.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { STORE_FILES, STORE_LINES } from "../../../scripts/new/store-files.ts";

it.each(STORE_FILES)("%s exists", (file) => {
  expect(existsSync(file)).toBe(true);
});

it.each(Object.entries(STORE_LINES))("%s has the listed lines", (file, pattern) => {
  expect(
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => pattern.test(line)),
  ).not.toEqual([]);
});

it("no other file imports a file on the list", () => {
  const files = globSync("{src,test,scripts,bench}/**/*.ts").filter(
    (file) => !STORE_FILES.some((deleted) => `${file}/`.startsWith(`${deleted}/`)) && !(file in STORE_LINES),
  );
  expect(files.length).toBeGreaterThan(300);
  const imports =
    /^(?:import|export|\}).* from "(?:#store\/|#schema\/(?:addresses|ledger-entries|orders|products)\.ts|[./]+\/(?:store|soak)\/)/m;
  const dependent = files.filter((file) => imports.test(readFileSync(file, "utf8")));
  expect(dependent).toEqual([]);
});

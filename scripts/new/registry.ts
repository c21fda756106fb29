/** Adds a module and its seed to the two lists that name them: `src/modules.ts` and `scripts/seed/seeds.ts`. Pure. */
import type { Names } from "./names.ts";

/** @throws RangeError if the source has no list of resources that ends as expected */
export function withModule(source: string, { plural, name }: Pick<Names, "plural" | "name">): string {
  const imported = withImport(source, `import { ${plural}Module } from "#store/${name}/module.ts";`);
  return withItem(imported, "const resources: readonly Module[] = [", `${plural}Module`);
}

/** @throws RangeError as above */
export function withSeed(
  source: string,
  { singular, name, table }: Pick<Names, "singular" | "name" | "table">,
): string {
  const imported = withImport(source, `import { ${singular}Tables } from "./${name}.ts";`);
  return withItem(
    imported,
    "export const SEEDS: readonly Seed[] = [",
    `{ table: "${table}", tables: ${singular}Tables }`,
  );
}

/** Adds an import after the last one. The formatter sorts them. */
function withImport(source: string, line: string): string {
  const last = source.lastIndexOf("\nimport ");
  const end = source.indexOf(";\n", last) + 2;
  return `${source.slice(0, end)}${line}\n${source.slice(end)}`;
}

/** Adds an item at the end of the list that begins with `opening`. */
function withItem(source: string, opening: string, item: string): string {
  const start = source.indexOf(opening);
  const end = source.indexOf("];", start);
  if (start < 0 || end < 0) throw new RangeError(`there is no list that begins with: ${opening}`);
  const before = source.slice(0, end).trimEnd();
  return `${before}${/[[,]$/.test(before) ? "" : ","}\n  ${item},\n${source.slice(end)}`;
}

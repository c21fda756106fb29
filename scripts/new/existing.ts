/** Detects collisions of a new module with existing files, modules, tables, ids and paths. */
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ModuleSpec } from "./arguments.ts";
import type { NewFile } from "./module-files.ts";

/** The number after that of the last migration. */
export function nextMigration(root: string): number {
  const numbers = readdirSync(join(root, "migrations")).map((name) => Number.parseInt(name, 10));
  return Math.max(0, ...numbers.filter(Number.isInteger)) + 1;
}

/** The reason why the module cannot be written; undefined if it can. */
export function collisionOf(root: string, { names }: ModuleSpec, files: readonly NewFile[]): string | undefined {
  const { name, table, prefix } = names;
  const existing = files.find(({ path }) => existsSync(join(root, path)));
  if (existing !== undefined) return `${existing.path} exists already`;
  const migrations = readAll(root, "migrations/*.sql");
  if (new RegExp(`^CREATE (?:VIRTUAL )?TABLE ${table}\\b`, "m").test(migrations))
    return `a migration creates the table ${table} already`;
  const sources = readAll(root, "src/{features,pipeline,store,web}/**/*.ts");
  if (migrations.includes(`'${prefix}_*'`) || sources.includes(`idPrefix: "${prefix}"`))
    return `other ids begin with ${prefix}_ already; choose another name, or another --singular`;
  if (sources.includes(`name: "${name}"`)) return `a module ${name} exists already`;
  if (sources.includes(`collection: "${table}"`)) return `a collection ${table} exists already`;
  if (new RegExp(`"/v1/${name}["/]`).test(sources)) return `an endpoint /v1/${name} exists already`;
  return undefined;
}

/** The text of all files, without comments, because comments contain examples. */
function readAll(root: string, pattern: string): string {
  const text = globSync(pattern, { cwd: root }).map((file) => readFileSync(join(root, file), "utf8"));
  return text.join("\n").replaceAll(/^\s*(?:\*|\/\*|\/\/).*$/gm, "");
}

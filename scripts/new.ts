/**
 * `npm run new -- module NAME`: writes a working module and updates the generated documents. It never overwrites a file.
 * Exit codes: 1 if a step fails, 2 for invalid arguments; then nothing was written.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModuleSpec, NEW_USAGE, parseNewArguments } from "./new/arguments.ts";
import { collisionOf, nextMigration } from "./new/existing.ts";
import { moduleFiles, type NewFile } from "./new/module-files.ts";
import { withModule, withSeed } from "./new/registry.ts";
import { runTool } from "./new/run-tool.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url).href);
const MODULES = "src/modules.ts";
const SEEDS = "scripts/seed/seeds.ts";

const parsed = parseNewArguments(process.argv.slice(2));
if (parsed.kind === "help") console.log(NEW_USAGE);
else if (parsed.kind === "refused") refuse(`${parsed.reason}\n\n${NEW_USAGE}`);
else writeModule(parsed.spec, parsed.isDryRun);

function writeModule(spec: ModuleSpec, isDryRun: boolean): void {
  const files = moduleFiles(spec, nextMigration(ROOT));
  const collision = collisionOf(ROOT, spec, files);
  if (collision !== undefined) {
    refuse(`${collision}. Nothing was written.`);
    return;
  }
  const changed = [
    { path: MODULES, content: withModule(read(MODULES), spec.names) },
    { path: SEEDS, content: withSeed(read(SEEDS), spec.names) },
  ];
  const paths = [...files, ...changed].map(({ path }) => path);
  if (!isDryRun) {
    for (const file of files) create(file);
    for (const { path, content } of changed) writeFileSync(join(ROOT, path), content);
    runTool(
      ROOT,
      "biome",
      "check",
      "--write",
      "--linter-enabled=false",
      ...paths.filter((path) => path.endsWith(".ts")),
    );
  }
  console.log(isDryRun ? "Would write:" : "Wrote:");
  for (const { path } of files) console.log(`  ${path}`);
  console.log(isDryRun ? "Would change:" : "Changed:");
  for (const { path } of changed) console.log(`  ${path}`);
  if (isDryRun) return;
  runTool(ROOT, "node", "scripts/generate.ts");
  console.log(nextSteps(spec, files));
}

function nextSteps({ names: { name }, isPublic }: ModuleSpec, files: readonly NewFile[]): string {
  const token = isPublic ? "" : ` --oauth2-bearer "$(npm run --silent token -- --as ada@example.com)"`;
  const isMigration = ({ path }: NewFile) => path.startsWith("migrations/");
  return `
Next:
  npm run test:workerd -- test/store/${name}    run its tests
  npm start                                     then: curl${token} http://127.0.0.1:8787/v1/${name}
  git diff schema/openapi                       what clients will see

Change the members in src/store/${name}/contract.ts, schema/${name}.ts and ${files.find(isMigration)?.path},
and run: npm run generate. To undo:
  git checkout ${MODULES} ${SEEDS} schema/openapi docs && rm -r ${[...new Set(files.map(rootOf))].join(" ")}`;
}

/** What to remove for a file: the module's folder, or the file itself. */
function rootOf({ path }: NewFile): string {
  return /^(src|test)\/store\//.test(path) ? dirname(path) : path;
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Fails if the file exists. */
function create({ path, content }: NewFile): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), content, { flag: "wx" });
}

function refuse(reason: string): void {
  console.error(reason);
  process.exitCode = 2;
}

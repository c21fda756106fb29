/** Each layer imports only from the layers below it: any other import or call is an error of the linter. */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";

/** The linter's reports by file, for a tree of these files with the project's configuration. */
function lint(files: ReadonlyMap<string, string>): Map<string, string> {
  const root = mkdtempSync(join(tmpdir(), "walls-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  cpSync("biome.jsonc", join(root, "biome.jsonc"));
  cpSync("style", join(root, "style"), { recursive: true });
  for (const [file, source] of files) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), source);
  }
  const { stdout } = spawnSync(
    resolve("node_modules/.bin/biome"),
    ["lint", "--reporter=github", "--max-diagnostics=none"],
    { cwd: root, encoding: "utf8" },
  );
  const reports = stdout.split("\n").filter((line) => line.startsWith("::"));
  return new Map([...files.keys()].map((file) => [file, reports.filter((line) => line.includes(file)).join("\n")]));
}

const CROSSINGS: readonly [layer: string, file: string, imported: string][] = [
  ["core/http", "src/core/http/new.ts", "#core/data/database.ts"],
  ["core/http", "src/core/http/new.ts", "#core/contract/policy.ts"],
  ["core/contract", "src/core/contract/new.ts", "#features/caching/etag.ts"],
  ["core/contract", "src/core/contract/new.ts", "#features/resources/members.ts"],
  ["core/contract", "src/core/contract/new.ts", "#core/data/commit.ts"],
  ["core/contract", "src/core/contract/new.ts", "#core/openapi/document.ts"],
  ["core/openapi", "src/core/openapi/new.ts", "#core/data/commit.ts"],
  ["core/openapi", "src/core/openapi/new.ts", "#pipeline/respond/respond.ts"],
  ["core/data", "src/core/data/new.ts", "#core/contract/policy.ts"],
  ["core/data", "src/core/data/new.ts", "#store/products/queries.ts"],
  ["a feature imports only what is listed for it", "src/features/identity/new.ts", "#features/limits/limiter.ts"],
  ["a feature imports only what is listed for it", "src/features/identity/new.ts", "#features/paging/sort.ts"],
  ["a feature imports only what is listed for it", "src/features/paging/new.ts", "#features/representation/fields.ts"],
  ["a feature imports only what is listed for it", "src/features/limits/new.ts", "#features/idempotency/record.ts"],
  ["a feature imports only what is listed for it", "src/features/health/new.ts", "#features/identity/authorize.ts"],
  ["a feature imports only what is listed for it", "src/features/resources/new.ts", "#features/limits/limiter.ts"],
  ["a feature imports only what is listed for it", "src/features/accounts/new.ts", "#features/limits/limiter.ts"],
  ["features", "src/features/caching/new.ts", "#store/products/queries.ts"],
  ["features", "src/features/representation/formats/new.ts", "#pipeline/respond/respond.ts"],
  ["features", "src/features/accounts/new.ts", "#store/products/queries.ts"],
  ["features", "src/features/identity/new.ts", "#web/layout.ts"],
  ["a feature that does not exist yet", "src/features/audit/new.ts", "#store/products/queries.ts"],
  ["a feature that does not exist yet", "src/features/audit/deep/new.ts", "#features/limits/limiter.ts"],
  ["a feature that does not exist yet", "src/features/limits/new.ts", "#features/audit/entry.ts"],
  ["pipeline", "src/pipeline/new.ts", "#store/products/contract.ts"],
  ["pipeline", "src/pipeline/respond/new.ts", "#web/layout.ts"],
  ["pipeline", "src/pipeline/respond/new.ts", "#features/accounts/queries.ts"],
  ["store", "src/store/products/new.ts", "#pipeline/respond/respond.ts"],
  ["store", "src/store/new.ts", "#web/layout.ts"],
  ["web", "src/web/new.ts", "#store/products/contract.ts"],
  ["web", "src/web/account/new.ts", "#pipeline/respond/respond.ts"],
  ["scripts", "src/new.ts", "../scripts/seed/ids.ts"],
];

/** Imports of packages that only some files may use. */
const PACKAGES: readonly [file: string, imported: string][] = [
  ["src/store/products/handlers-new.ts", "drizzle-orm"],
  ["src/web/new.ts", "drizzle-orm/d1"],
  ["src/features/caching/new.ts", "drizzle-orm"],
  ["src/features/identity/new.ts", "cloudflare:workers"],
  ["src/core/data/new.ts", "cloudflare:workers"],
  ["src/features/audit/new.ts", "node:process"],
];

const ALLOWED: readonly [file: string, imported: string][] = [
  ["src/features/caching/new.ts", "#core/contract/policy.ts"],
  ["src/features/caching/new.ts", "#core/http/problem.ts"],
  ["src/features/caching/new.ts", "./etag.ts"],
  ["src/features/audit/new.ts", "#core/data/commit.ts"],
  ["src/features/audit/new.ts", "#schema/products.ts"],
  ["src/core/contract/new.ts", "#core/data/database.ts"],
  ["src/core/openapi/new.ts", "#core/contract/policy.ts"],
  ["src/core/openapi/new.ts", "#core/http/problem.ts"],
  ["src/features/representation/formats/new.ts", "../fields.ts"],
  ["src/features/accounts/new.ts", "#features/resources/members.ts"],
  ["src/features/credentials/api-keys/new.ts", "#features/accounts/queries.ts"],
  ["src/pipeline/new.ts", "#features/limits/take.ts"],
  ["src/store/products/new.ts", "#features/resources/members.ts"],
  ["src/store/products/new.ts", "#schema/products.ts"],
  ["src/web/documents/new.ts", "#schema/openapi/openapi.json"],
  ["src/new.ts", "#store/products/endpoints.ts"],
  ["src/new.ts", "../package.json"],
  ["src/store/orders/queries.ts", "drizzle-orm"],
  ["src/core/data/new.ts", "#schema/products.ts"],
];

it("refuses every import from a layer above, and no other", () => {
  const crossing = CROSSINGS.map(([, file, imported], index) => ({ file: numbered(file, index), imported }));
  const allowed = ALLOWED.map(([file, imported], index) => ({
    file: file.endsWith("queries.ts") ? file : numbered(file, index + 100),
    imported,
  }));
  const reports = lint(
    new Map([...crossing, ...allowed].map(({ file, imported }) => [file, `import "${imported}";\n`])),
  );
  for (const { file, imported } of crossing)
    expect(reports.get(file), `${file} imports ${imported}`).toContain("noRestrictedImports");
  for (const { file, imported } of allowed)
    expect(reports.get(file), `${file} imports ${imported}`).not.toContain("::error");
});

it("allows imports of SQL and of the platform only in the files that own them", () => {
  const files = PACKAGES.map(([file, imported], index) => ({ file: numbered(file, index), imported }));
  const reports = lint(new Map(files.map(({ file, imported }) => [file, `import "${imported}";\n`])));
  for (const { file, imported } of files) expect(reports.get(file), `${file} imports ${imported}`).toContain("Only ");
});

it("allows only # imports between folders, because the linter's rules match those", () => {
  const escaping = globSync("src/**/*.ts").flatMap((file) =>
    Array.from(readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.\.?\/[^"]+)"/g), ([, imported = ""]) => ({
      file,
      imported,
    })).filter(({ imported }) => unitOf(join(dirname(file), imported)) !== unitOf(file)),
  );
  // The files directly in src/ compose the layers, and import each other and package.json by relative paths.
  expect(escaping.filter(({ file }) => dirname(file) !== "src")).toEqual([]);
});

const TAKEN = [
  "Date.now()",
  "new Date()",
  "new Date",
  "Date()",
  "[1].map(Date.now)",
  "globalThis.Date.now()",
  'globalThis["Date"].now()',
  "Math.random()",
  "crypto.randomUUID()",
  'crypto["randomUUID"]()',
  "crypto.getRandomValues(new Uint8Array(1))",
  "performance.now()",
  "process.env.SLUICE_SECRET",
  'process.env["SLUICE_SECRET"]',
  'fetch("https://example.com")',
  'globalThis.fetch("https://example.com")',
  "setTimeout(() => {}, 1)",
  "setInterval(() => {}, 1)",
];

const DESTRUCTURED = [
  "const { now } = Date",
  "const { randomUUID } = crypto",
  "const { random } = Math",
  "const { env } = process",
];

it("allows the clock, random numbers, the environment and other hosts only through the dependencies", () => {
  const sources = [
    ...TAKEN.map((taken) => `export const taken = ${taken};\n`),
    ...DESTRUCTURED.map((text) => `${text};\n`),
  ];
  const files = sources.map((source, index) => [numbered("src/features/paging/new.ts", index), source] as const);
  const harmless = [
    "src/features/paging/harmless.ts",
    'export const taken = [new Date(5), Date.UTC(1), Date.parse("x"), Math.floor(1), crypto.subtle.digest];\n',
  ] as const;
  const door = ["src/worker.ts", "export const taken = [Date.now(), fetch, process.env];\n"] as const;
  const reports = lint(new Map([...files, harmless, door]));
  for (const [file, source] of files) expect(reports.get(file), source).toContain("injected dependencies");
  for (const [file] of [harmless, door]) expect(reports.get(file)).not.toContain("injected dependencies");
});

it("allows writes only through commit() and housekeep()", () => {
  const writer = 'import { writerOf } from "#core/data/database.ts";\n\nexport const taken = writerOf;\n';

  const reports = lint(
    new Map([
      ["src/features/caching/new.ts", writer],
      ["src/store/products/handlers-new.ts", writer],
      ["src/core/data/new.ts", writer.replace("#core/data", ".")],
      ["src/features/caching/harmless.ts", "export const taken = 1;\n"],
    ]),
  );
  for (const file of ["src/features/caching/new.ts", "src/store/products/handlers-new.ts", "src/core/data/new.ts"])
    expect(reports.get(file), file).toContain("commit()");
  expect(reports.get("src/features/caching/harmless.ts")).not.toContain("commit()");
});

it("finds import cycles", () => {
  const reports = lint(
    new Map([
      ["src/features/paging/one.ts", 'import { two } from "./two.ts";\n\nexport const one = () => two;\n'],
      ["src/features/paging/two.ts", 'import { one } from "./one.ts";\n\nexport const two = () => one;\n'],
    ]),
  );
  expect(reports.get("src/features/paging/one.ts")).toContain("noImportCycles");
});

function numbered(file: string, index: number): string {
  return file.replace(/new\.ts$/, `new-${index}.ts`);
}

/** The part of the tree inside which imports are relative: a folder of core/, features/ or store/, or a whole layer. */
function unitOf(file: string): string {
  const [root = "", layer = "", ...rest] = file.split("/");
  const isDivided = layer === "core" || layer === "features" || (layer === "store" && rest.length > 1);
  return rest.length === 0 ? root : [root, layer, ...(isDivided ? rest.slice(0, 1) : [])].join("/");
}

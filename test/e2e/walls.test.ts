/** The walls between the rooms stand: an import or a call across one is an error of the linter. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";

/** What the linter reports, by file, for a tree of these files under our configuration. */
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

const CROSSINGS: readonly [room: string, file: string, imported: string][] = [
  ["http", "src/http/new.ts", "../data/database.ts"],
  ["contract", "src/contract/new.ts", "../caching/etag.ts"],
  ["contract", "src/contract/new.ts", "../store/members.ts"],
  ["contract", "src/contract/new.ts", "../data/commit.ts"],
  ["contract", "src/contract/openapi/new.ts", "../../data/commit.ts"],
  ["contract", "src/contract/openapi/new.ts", "../../pipeline/respond.ts"],
  ["http", "src/http/new.ts", "../contract/policy.ts"],
  ["data", "src/data/new.ts", "../contract/policy.ts"],
  ["data", "src/data/new.ts", "../store/products/queries.ts"],
  ["identity", "src/identity/new.ts", "../limits/bucket.ts"],
  ["identity", "src/identity/new.ts", "../paging/sort.ts"],
  ["caching", "src/caching/new.ts", "../store/products/queries.ts"],
  ["paging", "src/paging/new.ts", "../shaping/fields.ts"],
  ["shaping", "src/shaping/new.ts", "../pipeline/respond.ts"],
  ["shaping", "src/shaping/formats/new.ts", "../../paging/sort.ts"],
  ["limits", "src/limits/new.ts", "../idempotency/record.ts"],
  ["a room nobody has built", "src/audit/new.ts", "../store/products/queries.ts"],
  ["a room nobody has built", "src/audit/deep/new.ts", "../../store/products/queries.ts"],
  ["a room nobody has built", "src/limits/new.ts", "../audit/entry.ts"],
  ["a room nobody has built", "src/store/products/new.ts", "../../audit/entry.ts"],
  ["a room nobody has built", "src/pipeline/new.ts", "../audit/entry.ts"],
  ["pipeline", "src/pipeline/new.ts", "../store/products/contract.ts"],
  ["store", "src/store/products/new.ts", "../../pipeline/respond.ts"],
  ["store", "src/store/products/new.ts", "../../app.ts"],
  ["pages", "src/pages/new.ts", "../store/products/contract.ts"],
  ["health", "src/health/new.ts", "../paging/sort.ts"],
  ["health", "src/health/new.ts", "../identity/authorize.ts"],
  ["store", "src/store/new.ts", "../pipeline/respond.ts"],
  ["store", "src/store/orders/queries-new.ts", "../../pipeline/respond.ts"],
  ["scripts", "src/new.ts", "../scripts/seed/ids.ts"],
  ["scripts", "src/caching/new.ts", "../../scripts/seed/ids.ts"],
  ["scripts", "src/store/products/new.ts", "../../../scripts/seed/ids.ts"],
  ["scripts", "src/pipeline/new.ts", "../../test/support/service.ts"],
  ["SQL", "src/store/products/handlers-new.ts", "drizzle-orm"],
  ["SQL", "src/pages/new.ts", "drizzle-orm/d1"],
  ["SQL", "src/caching/new.ts", "drizzle-orm"],
  ["environment", "src/identity/new.ts", "cloudflare:workers"],
  ["environment", "src/data/new.ts", "cloudflare:workers"],
  ["environment", "src/audit/new.ts", "node:process"],
];

const ALLOWED: readonly [file: string, imported: string][] = [
  ["src/caching/new.ts", "../contract/policy.ts"],
  ["src/caching/new.ts", "../http/problem.ts"],
  ["src/caching/new.ts", "./etag.ts"],
  ["src/audit/new.ts", "../data/commit.ts"],
  ["src/audit/new.ts", "../../schema/products.ts"],
  ["src/contract/new.ts", "../data/database.ts"],
  ["src/contract/openapi/new.ts", "../policy.ts"],
  ["src/contract/openapi/new.ts", "../../http/problem.ts"],
  ["src/shaping/formats/new.ts", "../fields.ts"],
  ["src/shaping/formats/new.ts", "../../contract/format.ts"],
  ["src/pipeline/new.ts", "../limits/take.ts"],
  ["src/store/new.ts", "../paging/sort.ts"],
  ["src/store/products/new.ts", "../members.ts"],
  ["src/store/products/new.ts", "../../../schema/products.ts"],
  ["src/documents/new.ts", "../../schema/openapi/openapi.json"],
  ["src/new.ts", "./store/products/endpoints.ts"],
  ["src/new.ts", "../package.json"],
  ["src/store/products/new.ts", "../../paging/sort.ts"],
  ["src/store/orders/queries.ts", "drizzle-orm"],
  ["src/data/new.ts", "../../schema/products.ts"],
];

it("refuses every import that crosses a wall, and no other", () => {
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
    expect(reports.get(file), `${file} imports ${imported}`).not.toContain("noRestrictedImports");
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

it("lets time, chance, the environment and other hosts in through the doors alone", () => {
  const sources = [
    ...TAKEN.map((taken) => `export const taken = ${taken};\n`),
    ...DESTRUCTURED.map((text) => `${text};\n`),
  ];
  const files = sources.map((source, index) => [numbered("src/paging/new.ts", index), source] as const);
  const harmless = [
    "src/paging/harmless.ts",
    'export const taken = [new Date(5), Date.UTC(1), Date.parse("x"), Math.floor(1), crypto.subtle.digest];\n',
  ] as const;
  const door = ["src/worker.ts", "export const taken = [Date.now(), fetch, process.env];\n"] as const;
  const reports = lint(new Map([...files, harmless, door]));
  for (const [file, source] of files) expect(reports.get(file), source).toContain("doors");
  for (const [file] of [harmless, door]) expect(reports.get(file)).not.toContain("doors");
});

it("lets nothing write but through commit() and housekeep()", () => {
  const writer = 'import { writerOf } from "../data/database.ts";\n\nexport const taken = writerOf;\n';

  const reports = lint(
    new Map([
      ["src/caching/new.ts", writer],
      ["src/store/products/handlers-new.ts", writer.replace("../", "../../")],
      ["src/data/new.ts", writer.replace("../data", ".")],
      ["src/caching/harmless.ts", "export const taken = 1;\n"],
    ]),
  );
  for (const file of ["src/caching/new.ts", "src/store/products/handlers-new.ts", "src/data/new.ts"])
    expect(reports.get(file), file).toContain("commit()");
  expect(reports.get("src/caching/harmless.ts")).not.toContain("commit()");
});

it("finds import cycles", () => {
  const reports = lint(
    new Map([
      ["src/paging/one.ts", 'import { two } from "./two.ts";\n\nexport const one = () => two;\n'],
      ["src/paging/two.ts", 'import { one } from "./one.ts";\n\nexport const two = () => one;\n'],
    ]),
  );
  expect(reports.get("src/paging/one.ts")).toContain("noImportCycles");
});

function numbered(file: string, index: number): string {
  return file.replace(/new\.ts$/, `new-${index}.ts`);
}

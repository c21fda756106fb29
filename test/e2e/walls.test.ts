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
  ["data", "src/data/new.ts", "../contract/policy.ts"],
  ["identity", "src/identity/new.ts", "../paging/sort.ts"],
  ["caching", "src/caching/new.ts", "../store/products/queries.ts"],
  ["paging", "src/paging/new.ts", "../shaping/fields.ts"],
  ["shaping", "src/shaping/new.ts", "../pipeline/respond.ts"],
  ["limits", "src/limits/new.ts", "../idempotency/record.ts"],
  ["pipeline", "src/pipeline/new.ts", "../store/products/contract.ts"],
  ["store", "src/store/products/new.ts", "../../pipeline/respond.ts"],
  ["store", "src/store/products/new.ts", "../../app.ts"],
  ["pages", "src/pages/new.ts", "../store/products/contract.ts"],
  ["health", "src/health/new.ts", "../paging/sort.ts"],
  ["SQL", "src/store/products/handlers-new.ts", "drizzle-orm"],
  ["SQL", "src/caching/new.ts", "drizzle-orm"],
  ["environment", "src/identity/new.ts", "cloudflare:workers"],
];

const ALLOWED: readonly [file: string, imported: string][] = [
  ["src/caching/new.ts", "../contract/policy.ts"],
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

it("lets time and chance in through the doors alone", () => {
  const calls = [
    "Date.now()",
    "new Date()",
    "Math.random()",
    "crypto.randomUUID()",
    "crypto.getRandomValues(new Uint8Array(1))",
    "performance.now()",
  ];
  const files = calls.map(
    (call, index) => [numbered("src/paging/new.ts", index), `export const taken = ${call};\n`] as const,
  );
  const door = ["src/worker.ts", "export const taken = Date.now();\n"] as const;
  const reports = lint(new Map([...files, door]));
  for (const [file, source] of files) expect(reports.get(file), source).toContain("doors");
  expect(reports.get(door[0])).not.toContain("doors");
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

/**
 * `npm test`: runs every check in sequence and prints the time of each. All checks run even if one fails. The exit code
 * is 1 if any check fails. Arguments select checks by name.
 */
import { spawn } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Prints its output while it runs, because it takes long. */
  readonly isLong?: true;
  /** The directory for its temporary files. */
  readonly scratch?: string;
}

const MEMORY = "/dev/shm";
const ROOM_BYTES = 512 * 2 ** 20;

const checks: readonly Check[] = [
  { name: "format, lint, walls", command: "biome", args: ["ci", "--error-on-warnings"] },
  { name: "generated files", command: "node", args: ["scripts/generate.ts", "--check"] },
  { name: "generated types", command: "wrangler", args: ["types", "--include-runtime=false", "--check"] },
  { name: "types", command: "tsc", args: ["--project", "tsconfig.json"] },
  { name: "types of the pages' scripts", command: "tsc", args: ["--project", "src/web/browser"] },
  { name: "unused code", command: "knip", args: [] },
  { name: "API style", command: "node", args: ["scripts/lint-api.ts"] },
  { name: "tests in Node", command: "vitest", args: ["run", "--project", "node"] },
  {
    name: "tests in workerd",
    command: "vitest",
    args: ["run", "--project", "workerd*"],
    isLong: true,
    scratch: inMemory(),
  },
  { name: "tests over HTTP", command: "vitest", args: ["run", "--project", "e2e"], isLong: true },
];

const environment = {
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  SCARF_ANALYTICS: "false",
};

const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? checks : checks.filter(({ name }) => wanted.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(`No check has this name. Available checks: ${checks.map(({ name }) => name).join("; ")}.`);
  process.exit(2);
}

const failed: string[] = [];
for (const [index, check] of chosen.entries()) {
  const label = `[${index + 1}/${chosen.length}] ${check.name}`;
  console.log(check.isLong === true ? `${label} ...` : label);
  const startedAt = performance.now();
  const passed = await run(check);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${passed ? "  passed" : "  FAILED"} in ${seconds} s`);
  if (!passed) failed.push(check.name);
}

console.log(failed.length === 0 ? "\nAll checks passed." : `\nFailed: ${failed.join("; ")}.`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** A directory in memory: databases that exist for one test file need no disk, and commit faster without one. */
function inMemory(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize < ROOM_BYTES ? tmpdir() : MEMORY;
}

/** Runs one check. The output of a short check is printed only if it fails. */
function run(check: Check): Promise<boolean> {
  const isLong = check.isLong === true;
  const child = spawn(check.command, check.args, {
    env: { ...environment, TMPDIR: check.scratch ?? tmpdir() },
    stdio: ["ignore", isLong ? "inherit" : "pipe", isLong ? "inherit" : "pipe"],
  });
  const output: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

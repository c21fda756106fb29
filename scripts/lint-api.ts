/**
 * `npm run lint:api`: checks the committed OpenAPI documents against .spectral.yaml. Any finding fails, including
 * warnings. It reads local files only and sends no data. Arguments are passed on to `spectral lint`.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url).href);
const spectral = fileURLToPath(import.meta.resolve("@stoplight/spectral-cli/dist/index.js"));

const { status, error } = spawnSync(
  process.execPath,
  [
    spectral,
    "lint",
    "--ruleset=.spectral.yaml",
    "--fail-severity=warn",
    "--fail-on-unmatched-globs",
    ...process.argv.slice(2),
    "schema/openapi/openapi.json",
    "schema/openapi/v1.json",
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, SCARF_ANALYTICS: "false" } },
);
if (error !== undefined) throw error;
process.exitCode = status ?? 1;

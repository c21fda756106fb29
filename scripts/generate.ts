/**
 * Writes the generated files, or fails with --check if one is stale. The registry of endpoints produces the OpenAPI
 * documents and the threat tables. The names of the tests produce the table of clauses, and their budgets the table of
 * platform calls.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { abilityOf } from "#core/contract/ability.ts";
import type { Access } from "#core/contract/policy.ts";
import { ROLES } from "#core/contract/principal.ts";
import { describeApi } from "#core/openapi/document.ts";
import packageJson from "../package.json" with { type: "json" };
import { formats } from "../src/app.ts";
import { abilities, endpoints, protocolEndpoints, scopes, tags } from "../src/modules.ts";
import { conformanceDocument } from "./generate/conformance.ts";
import { withPlatformCalls } from "./generate/platform-calls.ts";
import { withThreatTables } from "./generate/threat-model.ts";

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });

const generated = new Map([
  ["schema/openapi/openapi.json", openApi("/")],
  ["schema/openapi/v1.json", openApi("/v1/")],
  ["docs/conformance.md", await conformanceDocument(pathOf("test"))],
  ["docs/threat-model.md", await threatModel()],
  ["docs/architecture.md", await withPlatformCalls(await readFile(pathOf("docs/architecture.md"), "utf8"))],
]);

let stale = 0;
for (const [name, content] of generated) {
  if ((await readFile(pathOf(name), "utf8").catch(() => "")) === content) continue;
  stale += 1;
  if (values.check) console.error(`${name} is stale`);
  else {
    await writeFile(pathOf(name), content);
    console.log(`wrote ${name}`);
  }
}
if (values.check && stale > 0) {
  console.error("run: npm run generate");
  process.exitCode = 1;
}

async function threatModel(): Promise<string> {
  const document = await readFile(pathOf("docs/threat-model.md"), "utf8");
  return withThreatTables(document, endpoints, protocolEndpoints, abilities);
}

function openApi(under: string): string {
  const anonymous = abilityOf({ kind: "anonymous", address: "" }, abilities);
  const document = describeApi(endpoints, protocolEndpoints, {
    version: packageJson.version,
    formats,
    anonymous,
    tags,
    scopesFor,
    under,
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The scopes with which an account of any role can call the operation. */
function scopesFor(access: Access): string[] {
  if (access === "public") return [];
  const { action, subject } = access;
  return Object.keys(scopes).filter((scope) =>
    ROLES.some((role) => {
      const principal = {
        kind: "user",
        id: "user_example",
        roles: [role],
        scopes: [scope],
        credential: "token",
      } as const;
      return abilityOf(principal, abilities).can(action, subject);
    }),
  );
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url).href);
}

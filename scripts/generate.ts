/**
 * Writes the generated files, or with --check fails when one is stale: the OpenAPI documents, from the registry of
 * endpoints.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import packageJson from "../package.json" with { type: "json" };
import { abilities, formats } from "../src/app.ts";
import { abilityOf } from "../src/contract/ability.ts";
import { describeApi } from "../src/contract/openapi/document.ts";
import { endpoints } from "../src/endpoints.ts";

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });

const anonymous = abilityOf({ kind: "anonymous", address: "" }, abilities);

const generated = [
  { file: "schema/openapi/openapi.json", under: "/" },
  { file: "schema/openapi/v1.json", under: "/v1/" },
].map(({ file, under }) => ({
  file: fileURLToPath(new URL(`../${file}`, import.meta.url).href),
  name: file,
  content: `${JSON.stringify(describeApi(endpoints, { version: packageJson.version, formats, anonymous, under }), null, 2)}\n`,
}));

let stale = 0;
for (const { file, name, content } of generated) {
  if ((await readFile(file, "utf8").catch(() => "")) === content) continue;
  stale += 1;
  if (values.check) console.error(`${name} is stale`);
  else {
    await writeFile(file, content);
    console.log(`wrote ${name}`);
  }
}
if (values.check && stale > 0) {
  console.error("run: npm run generate");
  process.exitCode = 1;
}

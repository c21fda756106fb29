/** The files of a new module, made from the templates. The ids of its seed rows depend only on its name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { idAt } from "../seed/ids.ts";
import { randomOf } from "../seed/random.ts";
import type { ModuleSpec } from "./arguments.ts";
import { memberParts } from "./members.ts";
import { fillTemplate } from "./template.ts";

export interface NewFile {
  /** Relative to the project. */
  readonly path: string;
  readonly content: string;
}

/** The creation time of the seed rows: after that of the accounts that own them. */
const SEEDED_AT = Date.UTC(2024, 0, 3, 9);

/** The accounts ada@example.com and bob@example.com of the local state. */
const ADA = "user_01hk153x00f11trzsef1g2m40f";
const BOB = "user_01hk155qk0edvrzemqgxzgjr2k";

/** The module's files. `number` is the number of the migration. */
export function moduleFiles(spec: ModuleSpec, number: number): NewFile[] {
  const { name, table } = spec.names;
  const values = valuesOf(spec);
  const access = spec.isPublic ? "public" : "owner";
  const fileOf = (path: string, template: string) => ({ path, content: fillTemplate(readTemplate(template), values) });
  return [
    fileOf(`schema/${name}.ts`, "schema.ts"),
    fileOf(`migrations/${String(number).padStart(4, "0")}_create_${table}.sql`, "migration.sql"),
    fileOf(`src/store/${name}/contract.ts`, "contract.ts"),
    fileOf(`src/store/${name}/abilities.ts`, `abilities.${access}.ts`),
    fileOf(`src/store/${name}/endpoints.ts`, "endpoints.ts"),
    fileOf(`src/store/${name}/module.ts`, "module.ts"),
    fileOf(`scripts/seed/${name}.ts`, "seed.ts"),
    fileOf(`test/store/${name}/${name}.test.ts`, "test.ts"),
  ];
}

function valuesOf({ names, members, isPublic }: ModuleSpec): Record<string, string> {
  const random = randomOf(`rows/${names.table}`);
  const { many, one, aOne, Many, name } = names;
  const values = {
    ...names,
    ...memberParts(members, names),
    ...(isPublic ? publicTexts(names) : ownerTexts(names)),
    scope: name,
    tag: /^\w+$/.test(Many) ? Many : JSON.stringify(Many),
    exampleId: idAt(names.prefix, SEEDED_AT, random),
    exampleOwner: ADA,
    exampleTime: new Date(SEEDED_AT).toISOString(),
    otherId: idAt(names.prefix, SEEDED_AT, random),
    otherOwner: BOB,
  };
  const access = isPublic ? "public" : "owner";
  const write = `"${name}:write": { consent: "Write ${many} for you.", description: "Create, change and delete your own ${many}." },`;
  const read = `"${name}:read": { consent: "Read your ${many}.", description: "Read your own ${many}. Staff read all." },`;
  return {
    ...values,
    scopes: isPublic ? write : `${read}\n${write}`,
    accessTests: fillTemplate(readTemplate(`test-access.${access}.ts`), { ...values, one, aOne }).trimEnd(),
  };
}

function ownerTexts({ many, aOne, name }: ModuleSpec["names"]) {
  return {
    tagText: `${aOne.charAt(0).toUpperCase()}${aOne.slice(1)} belongs to an account. Its owner reads and changes it; staff read it.`,
    listText: `Pages through your ${many} by cursor. Staff see the ${many} of all users. Requires the scope \`${name}:read\`.`,
    readText: `Returns one of your ${many}. Staff can read all ${many}. Requires the scope \`${name}:read\`.`,
    cache: "",
  };
}

function publicTexts({ many, one, aOne }: ModuleSpec["names"]) {
  return {
    tagText: `${aOne.charAt(0).toUpperCase()}${aOne.slice(1)} belongs to an account. Anyone reads it; its owner changes it.`,
    listText: `Pages through all ${many} by cursor.`,
    readText: `Returns one ${one}.`,
    cache: `cache: { scope: "public", freshForSeconds: 0 },`,
  };
}

function readTemplate(name: string): string {
  return readFileSync(join(import.meta.dirname, "templates", `${name}.tmpl`), "utf8");
}

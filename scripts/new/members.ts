/** The writable members of a new resource: `--members "title:line,rating:integer,text:text"`. Pure. */
import { camelCase, type Names } from "./names.ts";
import { isReservedMember } from "./reserved.ts";

export const MEMBER_TYPES = ["line", "text", "integer"] as const;
type MemberType = (typeof MEMBER_TYPES)[number];

export interface Member {
  /** snake_case, as on the wire. */
  readonly name: string;
  readonly type: MemberType;
}

export const DEFAULT_MEMBERS = "title:line,body:text";

const MAX_MEMBERS = 20;

/** The members, or the reason why the text declares none. */
export function parseMembers(text: string): readonly Member[] | { readonly reason: string } {
  const members: Member[] = [];
  for (const part of text.split(",")) {
    const [name = "", typeName = "", ...rest] = part.trim().split(":");
    const type = MEMBER_TYPES.find((known) => known === typeName);
    const shown = JSON.stringify(part.trim());
    if (rest.length > 0 || type === undefined)
      return { reason: `--members: ${shown} must be NAME:TYPE, and the type one of ${MEMBER_TYPES.join(", ")}` };
    if (!/^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$/.test(name) || name.length > 40)
      return { reason: `--members: the name in ${shown} must be lower-case words joined by underscores` };
    if (name.endsWith("_at") || name.endsWith("_id"))
      return { reason: `--members: ${shown} ends like a time or a reference; add it by hand (docs/tutorial.md)` };
    if (isReservedMember(name)) return { reason: `--members: the name ${name} is reserved` };
    if (members.some((other) => other.name === name)) return { reason: `--members: ${name} is declared twice` };
    members.push({ name, type });
  }
  if (members.length > MAX_MEMBERS) return { reason: `--members: at most ${MAX_MEMBERS} members` };
  return members;
}

/** The properties of each type of members. */
interface Kind {
  /** The function of `resources/members.ts` that creates the schema, unless it is plain zod. */
  readonly schemaImport?: string;
  schema(label: string): string;
  readonly column: string;
  readonly sql: string;
  example(label: string): string | number;
  /** Another value, which sorts after the example. */
  changed(label: string): string | number;
  /** The value after the owner's account is erased. */
  readonly erased: string | number;
  /** Whether a list can be sorted by it. */
  readonly isSortable: boolean;
}

const KINDS: Readonly<Record<MemberType, Kind>> = {
  line: {
    schemaImport: "lineSchema",
    schema: (label) => `lineSchema({ min: 1, max: 200, example: "Example ${label}" })`,
    column: "text().notNull()",
    sql: "TEXT NOT NULL",
    example: (label) => `Example ${label}`,
    changed: (label) => `Other ${label}`,
    erased: "",
    isSortable: true,
  },
  text: {
    schemaImport: "textSchema",
    schema: (label) => `textSchema({ min: 1, max: 2000, example: "An example of the ${label}." })`,
    column: "text().notNull()",
    sql: "TEXT NOT NULL",
    example: (label) => `An example of the ${label}.`,
    changed: (label) => `Another ${label}.`,
    erased: "",
    isSortable: false,
  },
  integer: {
    schema: () =>
      `z.int({ error: "must be a whole number" }).min(0, { error: "must not be negative" }).max(1_000_000, { error: "must not exceed 1000000" })`,
    column: "integer().notNull()",
    sql: "INTEGER NOT NULL",
    example: () => 3,
    changed: () => 4,
    erased: 0,
    isSortable: true,
  },
};

/** The parts of the templates that the members determine. */
export function memberParts(members: readonly Member[], { table, one }: Pick<Names, "table" | "one">) {
  const all = members.map(({ name, type }) => {
    const label = name.replaceAll("_", " ");
    const kind = KINDS[type];
    return { ...kind, name, label, example: kind.example(label), changed: kind.changed(label) };
  });
  const sortKeys = ["created_at", ...all.filter(({ isSortable }) => isSortable).map(({ name }) => name)];
  const [first, last] = [all[0], all.at(-1)];
  const imports = ["idMember", "idSchema", "timeMembers", ...all.flatMap(({ schemaImport }) => schemaImport ?? [])];
  return {
    schemaImports: [...new Set(imports)].sort().join(", "),
    writable: lines(all, (member) => {
      const documented = member.schemaImport === undefined ? `format: "int32", example: ${member.example}, ` : "";
      return `${member.name}: ${member.schema(member.label)}.openapi({ ${documented}description: "The ${member.label} of the ${one}." }),`;
    }),
    columns: lines(all, ({ name, column }) => `  ${camelCase(name)}: ${column},`),
    sqlColumns: lines(all, ({ name, sql }) => `  ${name} ${sql},`),
    indexes: sortKeys
      .flatMap((key) => [
        `CREATE INDEX ${table}_by_${key} ON ${table} (${key}, id) WHERE deleted_at IS NULL;`,
        `CREATE INDEX ${table}_by_user_${key} ON ${table} (user_id, ${key}, id) WHERE deleted_at IS NULL;`,
      ])
      .join("\n"),
    sortKeys: JSON.stringify(sortKeys),
    exampleInput: objectOf(all, ({ example }) => example),
    exampleChanged: objectOf(all, ({ changed }) => changed),
    erased: objectOf(all, ({ erased }) => erased, "deleted_at: expect.any(Number)"),
    first: first?.name ?? "",
    firstChanged: JSON.stringify(first?.changed),
    last: last?.name ?? "",
    lastChanged: JSON.stringify(last?.changed),
  };
}

function lines<T>(items: readonly T[], lineOf: (item: T) => string): string {
  return items.map(lineOf).join("\n");
}

function objectOf<T extends { readonly name: string }>(
  members: readonly T[],
  pick: (member: T) => string | number,
  ...more: readonly string[]
): string {
  const entries = members.map((member) => `${member.name}: ${JSON.stringify(pick(member))}`);
  return `{ ${[...entries, ...more].join(", ")} }`;
}

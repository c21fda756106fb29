/** The rules of reading as descriptions of rows, and as SQL: a list shows what each single read would. */

import { env } from "cloudflare:workers";
import { AbilityBuilder, createMongoAbility, subject } from "@casl/ability";
import { and } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Ability } from "#core/contract/ability.ts";
import { housekeep } from "#core/data/commit.ts";
import { openDatabase } from "#core/data/database.ts";
import { isOneOf } from "#core/data/equalities.ts";
import { readableRows } from "#features/identity/readable-rows.ts";

const things = sqliteTable("things", { id: text().primaryKey(), owner: text(), size: integer() });
const COLUMNS = { id: things.id, owner: things.owner, size: things.size };

function abilityWith(declare: (builder: AbilityBuilder<Ability>) => void): Ability {
  const builder = new AbilityBuilder<Ability>(createMongoAbility);
  declare(builder);
  return builder.build();
}

/** Rules that are declared one after the other. */
function each(...declarations: ((builder: AbilityBuilder<Ability>) => void)[]) {
  return (builder: AbilityBuilder<Ability>) => {
    for (const declare of declarations) declare(builder);
  };
}

const all = ({ can }: AbilityBuilder<Ability>) => can("read", "things");
const own = ({ can }: AbilityBuilder<Ability>) => can("read", "things", { owner: "a" });

describe("the rows that may be read", () => {
  it.each<[string, (builder: AbilityBuilder<Ability>) => void, unknown]>([
    ["none where nothing is said", () => undefined, []],
    ["none where only something else is", ({ can }) => can(["list", "update"], "things"), []],
    ["none of another collection's", ({ can }) => can("read", "others"), []],
    ["all", all, [{}]],
    ["one's own", own, [{ owner: "a" }]],
    ["all, whatever else is said", each(own, all), [{}]],
    ["all, whatever is said later", each(all, own), [{}]],
    [
      "several",
      each(own, ({ can }) => can("read", "things", { size: 1, owner: null })),
      [{ size: 1, owner: null }, { owner: "a" }],
    ],
  ])("OWASP 1 %s", (_, declare, expected) => {
    expect(readableRows(abilityWith(declare), "things")).toEqual(expected);
  });

  it.each<[string, (builder: AbilityBuilder<Ability>) => void]>([
    ["an operator", ({ can }) => can("read", "things", { size: { $gt: 1 } })],
    ["alternatives in one rule", ({ can }) => can("read", "things", { $or: [{ size: 1 }] })],
    ["a prohibition", each(all, ({ cannot }) => cannot("read", "things", { size: 1 }))],
    ["a list", ({ can }) => can("read", "things", { size: [1] as unknown as number })],
  ])("are refused where the rules have %s", (_, declare) => {
    expect(() => readableRows(abilityWith(declare), "things")).toThrow(RangeError);
  });

  it("is refused where a member has no column, one of every object's included", () => {
    expect(() => isOneOf([{ colour: "red" }], COLUMNS)).toThrow(RangeError);
    expect(() => isOneOf([{ constructor: "red" }], COLUMNS)).toThrow(RangeError);
  });
});

describe("OWASP 1 the same rows by SQL as by the rules", () => {
  const owner = fc.constantFrom("a", "b", null);
  const size = fc.constantFrom(1, 2, null);
  const rules = fc.array(fc.record({ owner, size }, { requiredKeys: [] }), { maxLength: 3 });
  const owners = ["a", "b", null];
  const rows = owners.flatMap((o) => [1, 2, null].map((s) => ({ id: `${o}${s}`, owner: o, size: s })));

  beforeAll(async () => {
    await env.DB.prepare("CREATE TABLE things (id TEXT PRIMARY KEY, owner TEXT, size INTEGER)").run();
    const database = openDatabase(env.DB);
    await housekeep(database, [database.orm.insert(things).values(rows)]);
  });

  it("whatever the equalities", async () => {
    await fc.assert(
      fc.asyncProperty(rules, async (conditions) => {
        const ability = abilityWith(({ can }) => {
          for (const condition of conditions) can("read", "things", condition);
        });
        const byRules = rows
          .filter((row) => ability.can("read", subject("things", { ...row } as Record<string, unknown>)))
          .map(({ id }) => id);
        const bySql = await openDatabase(env.DB)
          .orm.select({ id: things.id })
          .from(things)
          .where(and(isOneOf(readableRows(ability, "things"), COLUMNS)));
        expect(bySql.map(({ id }) => id).sort()).toEqual(byRules.sort());
      }),
      { numRuns: 60 },
    );
  });
});

/** Read rules as row conditions and as SQL: a list contains exactly the rows that single reads would permit. */

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

/** Declares several rules in order. */
function each(...declarations: ((builder: AbilityBuilder<Ability>) => void)[]) {
  return (builder: AbilityBuilder<Ability>) => {
    for (const declare of declarations) declare(builder);
  };
}

const all = ({ can }: AbilityBuilder<Ability>) => can("read", "things");
const own = ({ can }: AbilityBuilder<Ability>) => can("read", "things", { owner: "a" });

describe("the readable rows", () => {
  it.each<[string, (builder: AbilityBuilder<Ability>) => void, unknown]>([
    ["none without a rule", () => undefined, []],
    ["none with rules for other actions only", ({ can }) => can(["list", "update"], "things"), []],
    ["none with a rule for another collection only", ({ can }) => can("read", "others"), []],
    ["all", all, [{}]],
    ["the caller's own", own, [{ owner: "a" }]],
    ["all, after a narrower rule", each(own, all), [{}]],
    ["all, before a narrower rule", each(all, own), [{}]],
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
  ])("throw if the rules have %s", (_, declare) => {
    expect(() => readableRows(abilityWith(declare), "things")).toThrow(RangeError);
  });

  it("throw if a condition has no column, also for a member of Object.prototype", () => {
    expect(() => isOneOf([{ colour: "red" }], COLUMNS)).toThrow(RangeError);
    expect(() => isOneOf([{ constructor: "red" }], COLUMNS)).toThrow(RangeError);
  });
});

describe("OWASP 1 SQL and rules select the same rows", () => {
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

  it("for any equality conditions", async () => {
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

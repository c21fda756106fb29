/** The full-text index compared with the rows: after any writes it finds exactly the current rows. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { idsOf } from "../../support/lists.ts";
import { startService } from "../../support/service.ts";
import { changeRow, deleteRow, emptyCatalogue, fillCatalogue, idOf, insertRows, type Row, rowOf } from "./catalogue.ts";
import { list } from "./walk.ts";

const service = startService();
const found = async (q: string) => idsOf(await list(service, { q, limit: 100 })).sort();

async function expectConsistent(): Promise<void> {
  // Rank 1 also compares the index with the rows. A difference raises an error.
  await env.DB.prepare("INSERT INTO products_text (products_text) VALUES ('integrity-check')").run();
  await env.DB.prepare("INSERT INTO products_text (products_text, rank) VALUES ('integrity-check', 1)").run();
}

beforeEach(emptyCatalogue);

describe("the full-text index", () => {
  it("follows a row from its creation through a rename to its deletion", async () => {
    await insertRows([rowOf(1, { name: "Walnut Lamp" }), rowOf(2, { name: "Oak Lamp" })]);
    expect(await found("walnut lamp")).toEqual([idOf(1)]);
    await changeRow(idOf(1), "name", "Cherry Lamp");
    expect(await found("walnut lamp")).toEqual([]);
    expect(await found("cherry")).toEqual([idOf(1)]);
    await deleteRow(idOf(1));
    expect(await found("cherry")).toEqual([]);
    expect(await found("lamp")).toEqual([idOf(2)]);
    await expectConsistent();
  });

  it("has a check that detects a wrong index", async () => {
    await insertRows([rowOf(1, { name: "Walnut Lamp" })]);
    await env.DB.prepare("INSERT INTO products_text (rowid, name) VALUES (999999, 'nowhere')").run();
    await expect(expectConsistent()).rejects.toThrow();
    await env.DB.prepare("INSERT INTO products_text (products_text) VALUES ('rebuild')").run();
    await expectConsistent();
  });

  it("matches the rows after any writes", async () => {
    const words = fc.constantFrom("walnut", "oak", "lamp", "desk", "trail");
    const number = fc.integer({ min: 0, max: 11 });
    const write = fc.oneof(
      fc.record({
        kind: fc.constant("change" as const),
        number,
        column: fc.constantFrom("name" as const, "description" as const),
        value: words,
      }),
      fc.record({
        kind: fc.constant("slug" as const),
        number,
        column: fc.constantFrom("category" as const, "brand" as const),
        value: words,
      }),
      fc.record({ kind: fc.constant("stock" as const), number }),
      fc.record({ kind: fc.constant("delete" as const), number }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 15 }), words, async (writes, asked) => {
        await emptyCatalogue();
        const rows = new Map<string, Row>();
        for (let n = 0; n < 12; n += 1) rows.set(idOf(n), rowOf(n, { name: "Plain", description: "none" }));
        await insertRows([...rows.values()]);
        for (const step of writes) {
          const id = idOf(step.number);
          const row = rows.get(id);
          if (step.kind === "delete") {
            await deleteRow(id);
            rows.delete(id);
          } else if (step.kind === "stock") {
            await changeRow(id, "stock", 1);
          } else {
            await changeRow(id, step.column, step.value);
            if (row !== undefined) rows.set(id, { ...row, [step.column]: step.value });
          }
        }
        await expectConsistent();
        const expected = [...rows.values()]
          .filter((row) =>
            [row.name, row.description, row.category, row.brand].some((text) => text.split("-").includes(asked)),
          )
          .map((row) => row.id);
        // "desk" is a word of the category desk-lamps, and "lamp" is a prefix of another of its words.
        const expectedByBeginning = [...rows.values()]
          .filter((row) => /lamp/.test(asked) && row.category === "desk-lamps")
          .map((row) => row.id);
        expect(await found(asked)).toEqual([...new Set([...expected, ...expectedByBeginning])].sort());
      }),
      { numRuns: 15 },
    );
  });

  it("finds a product by each prefix of each of its words", async () => {
    await fillCatalogue(10);
    await insertRows([rowOf(50, { name: "Running Batteries", description: "Universally organised cycling" })]);
    for (const word of ["running", "batteries", "universally", "organised", "cycling"]) {
      for (let length = 3; length <= word.length; length += 1) {
        expect(await found(word.slice(0, length)), word.slice(0, length)).toContain(idOf(50));
      }
    }
    expect(await found("runs")).not.toContain(idOf(50));
  });
});

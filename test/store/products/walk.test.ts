/** Walks compared with a model, while the list changes. */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { idsOf, type ListBody } from "../../support/lists.ts";
import { startService } from "../../support/service.ts";
import {
  allSorts,
  changeRow,
  deleteRow,
  emptyCatalogue,
  fillCatalogue,
  idOf,
  inOrder,
  insertRows,
  type Row,
  rowOf,
} from "./catalogue.ts";
import { list, walk } from "./walk.ts";

const service = startService();

beforeEach(emptyCatalogue);

describe("a walk through an unchanged list", () => {
  it("returns every row once in order, forward and backward, in each of the 78 sort orders", async () => {
    const rows = await fillCatalogue(60);
    const sorts = allSorts();
    expect(new Set(sorts).size).toBe(78);
    for (const sort of sorts) {
      const pages = await walk(service, { sort, limit: 23 });
      expect(idsOf(...pages), sort).toEqual(inOrder(rows, sort).map((row) => row.id));
      await expectTheSameBackward(pages, { sort, limit: 23 });
    }
  }, 60_000);

  it("orders names by their bytes for all alphabets", async () => {
    const names = [
      "a",
      "B",
      "b",
      "Ä",
      "ä",
      "Z",
      "é",
      "\u{1F3A7}",
      "\uFF5E",
      "ab",
      "a b",
      "a\tb".replace("\t", "-"),
      "a'b",
      'a"b',
    ];
    const rows = names.map((name, number) => rowOf(number, { name }));
    await insertRows(rows);
    for (const sort of ["name", "-name", "name,-price"]) {
      expect(idsOf(...(await walk(service, { sort, limit: 3 }))), sort).toEqual(
        inOrder(rows, sort).map((row) => row.id),
      );
    }
  });
});

type Step =
  | { readonly kind: "insert"; readonly like: number }
  | { readonly kind: "delete"; readonly which: number }
  | { readonly kind: "deleteAnchor" }
  | { readonly kind: "touch"; readonly which: number }
  | { readonly kind: "move"; readonly which: number; readonly price: number };

describe("a walk through a changing list", () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant("insert" as const), like: fc.nat(39) }),
    fc.record({ kind: fc.constant("delete" as const), which: fc.nat(39) }),
    fc.record({ kind: fc.constant("deleteAnchor" as const) }),
    fc.record({ kind: fc.constant("touch" as const), which: fc.nat(39) }),
    fc.record({ kind: fc.constant("move" as const), which: fc.nat(39), price: fc.nat(40).map((n) => n * 100) }),
  );

  it("returns no row twice and every row that exists throughout exactly once, in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...allSorts()),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.array(step, { maxLength: 3 }), { minLength: 1, maxLength: 12 }),
        async (sort, limit, changes) => {
          await emptyCatalogue();
          const initial = await fillCatalogue(40);
          const now = new Map(initial.map((row) => [row.id, row]));
          const stayed = new Map(now);
          const moved = new Set<string>();
          const taken = new Set(now.keys());
          const seen: string[] = [];
          let cursor: string | undefined;
          for (let number = 0; ; number += 1) {
            const page = await list(service, { sort, limit, cursor });
            seen.push(...idsOf(page));
            expect(page.data.length === limit || page.page.next === null).toBe(true);
            if (page.page.next === null) break;
            cursor = page.page.next;
            for (const change of changes[number % changes.length] ?? [])
              await apply(change, { now, stayed, moved, seen, taken });
          }
          const steady = seen.filter((id) => !moved.has(id));
          expect(new Set(steady).size, "a row that did not move was returned twice").toBe(steady.length);
          const order = inOrder([...stayed.values()], sort).map((row) => row.id);
          expect(seen.filter((id) => stayed.has(id))).toEqual(order);
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);

  interface Walk {
    readonly now: Map<string, Row>;
    readonly stayed: Map<string, Row>;
    readonly moved: Set<string>;
    readonly seen: readonly string[];
    /** All ids that a row ever had. */
    readonly taken: Set<string>;
  }

  /** `moved` contains rows whose own key changed. They may be returned again at their new position. */
  async function apply(change: Step, { now, stayed, moved, seen, taken }: Walk) {
    switch (change.kind) {
      case "insert": {
        // Keys equal to those of an existing row, so that the tie-breaker decides.
        const row = rowOf(change.like, { id: idOf(1000 * (1 + (now.size % 7)) + change.like + now.size) });
        // The id of a deleted row stays taken.
        if (taken.has(row.id)) return;
        taken.add(row.id);
        await insertRows([row]);
        now.set(row.id, row);
        return;
      }
      case "delete":
      case "deleteAnchor": {
        const id = change.kind === "delete" ? idOf(change.which) : (seen.at(-1) ?? "");
        await deleteRow(id);
        now.delete(id);
        stayed.delete(id);
        return;
      }
      case "touch":
        await changeRow(idOf(change.which), "stock", 1);
        return;
      case "move":
        await changeRow(idOf(change.which), "price_amount", change.price);
        moved.add(idOf(change.which));
        stayed.delete(idOf(change.which));
        return;
    }
  }
});

async function expectTheSameBackward(pages: readonly ListBody[], parameters: Record<string, string | number>) {
  let cursor = pages.at(-1)?.page.prev;
  for (const earlier of pages.slice(0, -1).reverse()) {
    expect(cursor).toEqual(expect.any(String));
    const page = await list(service, { ...parameters, cursor: cursor ?? "" });
    expect(idsOf(page)).toEqual(idsOf(earlier));
    expect(page.page.has_more).toBe(true);
    cursor = page.page.prev;
  }
  expect(cursor).toBeNull();
}

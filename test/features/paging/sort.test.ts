import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { Problem } from "#core/http/problem.ts";
import { readPagingMode } from "#features/paging/mode.ts";
import { readSort, totalOrder } from "#features/paging/sort.ts";

const ALLOWED = ["created_at", "price", "name"] as const;

function refusal(run: () => unknown): { type: string; parameter: unknown; detail: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem)
      return {
        type: error.type,
        detail: error.detail,
        parameter: error.errors?.map((fault) => Reflect.get(fault, "parameter")),
      };
  }
  throw new Error("expected a problem");
}

describe("readSort", () => {
  it.each([
    ["price", [["price", "asc"]]],
    [
      "-created_at,price,-name",
      [
        ["created_at", "desc"],
        ["price", "asc"],
        ["name", "desc"],
      ],
    ],
  ])("reads %s", (parameter, expected) => {
    expect(readSort(parameter, ALLOWED).map(({ name, direction }) => [name, direction])).toEqual(expected);
  });

  it.each([
    "id",
    "",
    "-",
    "--price",
    "+price",
    " price",
    "Price",
    "price ",
    "relevance",
    "__proto__",
    "price,",
    "price;name",
  ])("refuses the key %j and lists the valid keys", (parameter) => {
    const { type, parameter: named, detail } = refusal(() => readSort(parameter, ALLOWED));
    expect([type, named]).toEqual(["invalid-parameter", ["sort"]]);
    expect(detail).toContain("created_at, price, name");
  });

  it.each([
    ["price,price", "price"],
    ["price,-price", "price"],
    ["name,price,-name", "name,price"],
  ])("reads %s as %s: a repeated key is ignored", (parameter, meant) => {
    expect(readSort(parameter, ALLOWED)).toEqual(readSort(meant, ALLOWED));
  });
});

describe("totalOrder", () => {
  it("ends with the unique key, in the direction of the last key", () => {
    const by = (name: "a" | "b" | "id") => ({
      column: sql`${name}`,
      valueOf: (row: Record<string, number>) => row[name] ?? 0,
    });
    const sortables = { a: by("a"), b: by("b") };
    const row = { a: 1, b: 2, id: 3 };
    const terms = totalOrder(
      [
        { name: "b", direction: "asc" },
        { name: "a", direction: "desc" },
      ],
      sortables,
      by("id"),
    );
    expect(terms.map((term) => term.valueOf(row))).toEqual([2, 1, 3]);
    expect(terms.map((term) => term.direction)).toEqual(["asc", "desc", "desc"]);
    expect(totalOrder([{ name: "a", direction: "asc" }], sortables, by("id")).at(-1)?.direction).toBe("asc");
  });
});

describe("readPagingMode", () => {
  it("accepts a cursor, or a page of a snapshot", () => {
    expect(readPagingMode({}, 20)).toEqual({ kind: "cursor", cursor: undefined, limit: 20 });
    expect(readPagingMode({ cursor: "c", limit: 5 }, 20)).toEqual({ kind: "cursor", cursor: "c", limit: 5 });
    expect(readPagingMode({ page: 2, snapshot: "s" }, 20)).toEqual({
      kind: "frozen",
      number: 2,
      snapshot: "s",
      limit: 20,
    });
  });

  it.each([
    [{ page: 1, cursor: "c" }, "page"],
    [{ page: 1, snapshot: "s", cursor: "c" }, "page"],
    [{ snapshot: "s" }, "snapshot"],
    [{ snapshot: "s", cursor: "c" }, "snapshot"],
  ])("refuses a mix of both: %j", (query, parameter) => {
    expect(refusal(() => readPagingMode(query, 20))).toMatchObject({
      type: "invalid-parameter",
      parameter: [parameter],
    });
  });
});

/**
 * A catalogue for tests: rows written directly to the database, and a model of the list that the service should return.
 */
import { env } from "cloudflare:workers";

export interface Row {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly brand: string;
  readonly price: number;
  readonly createdAt: number;
}

const CATEGORIES = ["headphones", "desk-lamps", "board-games", "tents", "cameras", "notebooks", "cookware"];
const BRANDS = ["acme", "auvelin", "tondrel", "typhane", "pellucine"];
const WORDS = ["Walnut", "Aria", "Running", "Wireless", "Trail", "Compact", "Noise", "Camp"];

/** A well-formed id that sorts by `number`. */
export function idOf(number: number): string {
  return `prod_01hk2nvj80e8ev3rx1${String(number).padStart(8, "0")}`;
}

/** Row `number` of a catalogue with many equal sort keys and filter values. */
export function rowOf(number: number, change: Partial<Row> = {}): Row {
  const mixed = (number * 2_654_435_761) % 4_294_967_296;
  return {
    id: idOf(number),
    name: `${pick(WORDS, mixed)} ${pick(WORDS, Math.floor(mixed / 64))} ${mixed % 5}`,
    description: `The ${pick(WORDS, Math.floor(mixed / 4096))} one.`,
    category: pick(CATEGORIES, Math.floor(mixed / 97)),
    brand: pick(BRANDS, Math.floor(mixed / 1009)),
    price: 100 * (Math.floor(mixed / 31) % 40),
    createdAt: Date.UTC(2025, 0, 1) + (Math.floor(mixed / 7) % 300),
    ...change,
  };
}

export async function insertRows(rows: readonly Row[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 200) {
    await env.DB.batch(rows.slice(start, start + 200).map(insertStatement));
  }
}

export async function fillCatalogue(count: number): Promise<Row[]> {
  const rows = Array.from({ length: count }, (_, number) => rowOf(number));
  await insertRows(rows);
  return rows;
}

/** Deletes a row as the service does: the row stays as a tombstone. */
export async function deleteRow(id: string, now = Date.UTC(2026, 0, 1)): Promise<void> {
  await env.DB.prepare("UPDATE products SET deleted_at = ?, version = version + 1 WHERE id = ?").bind(now, id).run();
}

export async function changeRow(
  id: string,
  column: "name" | "description" | "category" | "brand" | "price_amount" | "stock",
  value: string | number,
): Promise<void> {
  await env.DB.prepare(`UPDATE products SET ${column} = ?, version = version + 1 WHERE id = ?`).bind(value, id).run();
}

/** Removes all rows and every trace of them. */
export async function emptyCatalogue(): Promise<void> {
  await env.DB.batch([env.DB.prepare("DELETE FROM products"), env.DB.prepare("DELETE FROM snapshots")]);
}

/** Compares like SQLite's BINARY collation: by UTF-8 bytes, which is by code point. */
export function compareText(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0) ?? 0);
  const right = Array.from(b, (character) => character.codePointAt(0) ?? 0);
  const at = left.findIndex((point, index) => point !== right[index]);
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}

export const SORT_NAMES = ["created_at", "price", "name"] as const;
type SortName = (typeof SORT_NAMES)[number];

/** All 78 values of `sort`. */
export function allSorts(): string[] {
  const extend = (keys: readonly string[], names: readonly SortName[]): string[] =>
    names.flatMap((name) =>
      [name, `-${name}`].flatMap((key) => {
        const longer = [...keys, key];
        return [
          longer.join(","),
          ...extend(
            longer,
            names.filter((other) => other !== name),
          ),
        ];
      }),
    );
  return extend([], SORT_NAMES);
}

/** `rows` in the order of `sort`, with ties broken by id in the direction of the last key. */
export function inOrder(rows: readonly Row[], sort: string): Row[] {
  const keys = sort.split(",").map((key) => ({ name: key.replace("-", ""), sign: key.startsWith("-") ? -1 : 1 }));
  return rows.toSorted((a, b) => {
    for (const { name, sign } of keys) {
      const difference =
        name === "name"
          ? compareText(a.name, b.name)
          : name === "price"
            ? a.price - b.price
            : a.createdAt - b.createdAt;
      if (difference !== 0) return sign * difference;
    }
    return (keys.at(-1)?.sign ?? -1) * compareText(a.id, b.id);
  });
}

function insertStatement(row: Row): D1PreparedStatement {
  return env.DB.prepare(
    `INSERT INTO products (id, name, description, category, brand, price_amount, price_currency, stock, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, 'USD', 5, ?, ?)`,
  ).bind(row.id, row.name, row.description, row.category, row.brand, row.price, row.createdAt, row.createdAt);
}

function pick(values: readonly string[], index: number): string {
  return values[index % values.length] ?? "";
}

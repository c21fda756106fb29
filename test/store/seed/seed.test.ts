import { TypeID } from "typeid-js";
import { describe, expect, it } from "vitest";
import { ORDER_STATUSES } from "#store/orders/states.ts";
import { userRows } from "../../../scripts/seed/accounts.ts";
import { CLOSED_AT, OPENED_AT } from "../../../scripts/seed/calendar.ts";
import { seedStatements } from "../../../scripts/seed/seeds.ts";
import { MAX_STATEMENT_BYTES } from "../../../scripts/seed/sql.ts";
import { BRANDS } from "../../../scripts/seed/store/brands.ts";
import { CATEGORIES } from "../../../scripts/seed/store/categories.ts";
import { storeRows } from "../../../scripts/seed/store/rows.ts";

const { products, addresses, orders, orderItems, ledgerEntries } = storeRows();
const users = userRows();
const everyRow = [...products, ...users, ...addresses, ...orders];

describe("the seed as SQL", () => {
  const statements = [...seedStatements()];

  it("is identical in every run and on every machine", async () => {
    expect([...seedStatements()]).toEqual(statements);
    expect(await sha256(statements.join("\n"))).toBe(PINNED);
  });

  it("consists of single-line INSERT statements that D1 accepts", () => {
    for (const statement of statements) {
      expect(statement).toMatch(
        /^INSERT INTO (users|products|addresses|orders|order_items|ledger_entries) \([a-z0-9_, ]+\) VALUES \(.*\);$/,
      );
      expect(new TextEncoder().encode(statement).length).toBeLessThanOrEqual(MAX_STATEMENT_BYTES);
    }
    const tables = statements.map((statement) => statement.split(" ")[2]);
    const inOrder = ["users", "products", "addresses", "orders", "order_items", "ledger_entries"];
    expect([...new Set(tables)]).toEqual(inOrder);
    for (const [index, table] of inOrder.entries()) {
      expect(tables.lastIndexOf(table)).toBeLessThan(tables.indexOf(inOrder[index + 1]) >>> 0);
    }
  });

  it("writes each row once", () => {
    const text = statements.join("\n");
    for (const [index, { id }] of everyRow.entries()) {
      expect(text.split(`(${everyRow[index]?.seq}, '${id}', `), id).toHaveLength(2);
    }
  });
});

describe("every seeded row", () => {
  it.each([
    ["prod", products],
    ["user", users],
    ["addr", addresses],
    ["ord", orders],
  ] as const)("%s: has a TypeID of its time, in order of seq", (prefix, rows) => {
    for (const [index, row] of rows.entries()) {
      expect(row.seq).toBe(index + 1);
      const uuid = TypeID.fromString(row.id, prefix).toUUID();
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(uuid.replaceAll("-", "").slice(0, 12), 16)).toBe(row.created_at);
    }
    expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted());
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  it("has version 1 exactly if it was never changed, and dates within the store's life", () => {
    for (const { id, version, created_at, updated_at } of everyRow) {
      expect([version, created_at, updated_at].every(Number.isSafeInteger), id).toBe(true);
      expect(version, id).toBeGreaterThanOrEqual(1);
      expect(version === 1, id).toBe(created_at === updated_at);
      expect(updated_at, id).toBeGreaterThanOrEqual(created_at);
      expect(created_at, id).toBeGreaterThanOrEqual(OPENED_AT);
      expect(updated_at, id).toBeLessThanOrEqual(CLOSED_AT);
    }
    expect(new Date(OPENED_AT).toISOString()).toBe("2024-01-01T00:00:00.000Z");
    expect(new Date(CLOSED_AT).toISOString()).toBe("2026-09-30T23:59:59.999Z");
  });
});

describe("seeded products", () => {
  it("are 1,260 in 14 categories of the documented sizes", () => {
    expect(products).toHaveLength(1260);
    expect(CATEGORIES).toHaveLength(14);
    for (const { slug, size } of CATEGORIES) {
      expect(products.filter(({ category }) => category === slug).length, slug).toBe(size);
    }
  });

  it("come from 44 brands, each in one to three categories", () => {
    expect(BRANDS).toHaveLength(44);
    expect(new Set(products.map(({ brand }) => brand))).toEqual(new Set(BRANDS.map(({ slug }) => slug)));
    for (const { slug, name } of BRANDS) {
      const own = products.filter(({ brand }) => brand === slug);
      const homes = new Set(own.map(({ category }) => category));
      expect(homes.size, slug).toBeLessThanOrEqual(3);
      expect(
        own.every((product) => product.name.startsWith(`${name} `)),
        slug,
      ).toBe(true);
    }
  });

  it("satisfy the tables and the contract", () => {
    for (const product of products) {
      expect(product.category).toMatch(SLUG);
      expect(product.brand).toMatch(SLUG);
      expect(product.category.length).toBeLessThanOrEqual(60);
      expect(product.name.length).toBeLessThanOrEqual(200);
      expect(product.description.length).toBeLessThanOrEqual(5000);
      expect(Number.isInteger(product.price_amount)).toBe(true);
      expect(product.price_amount).toBeGreaterThanOrEqual(0);
      expect(product.price_amount).toBeLessThanOrEqual(100_000_000);
      expect(product.price_currency).toBe("USD");
      expect(Number.isInteger(product.stock)).toBe(true);
      expect(product.stock).toBeGreaterThanOrEqual(0);
      expect(product.stock).toBeLessThanOrEqual(500);
    }
  });

  it("have descriptions of two to four sentences without unfilled slots or double spaces", () => {
    for (const { name, description } of products) {
      expect(`${name} ${description}`).not.toMatch(/[{}]|undefined|\s\s|\.\./);
      expect(description.match(/[.?!](?= [\p{Lu}\d]|$)/gu)?.length, description).toBeOneOf([2, 3, 4]);
      expect(description).toMatch(/^[\p{Lu}\d].*\.$/u);
    }
  });

  it("have unique names except for a few pairs", () => {
    const pairs = sharedBy(products, ({ name }) => name);
    expect(pairs.length).toBeGreaterThanOrEqual(3);
    expect(pairs.length).toBeLessThanOrEqual(12);
    for (const pair of pairs) expect(pair).toHaveLength(2);
  });

  it("share many prices and reach the minimum and the maximum price", () => {
    const prices = products.map(({ price_amount }) => price_amount);
    expect(new Set(prices).size).toBeLessThan(500);
    expect(Math.min(...prices)).toBe(0);
    expect(Math.max(...prices)).toBe(100_000_000);
  });

  it("are sometimes sold out", () => {
    const soldOut = products.filter(({ stock }) => stock === 0).length;
    expect(soldOut).toBeGreaterThanOrEqual(10);
    expect(soldOut).toBeLessThanOrEqual(100);
  });

  it("include eight groups of 5 to 12 created in the same millisecond", () => {
    const groups = sharedBy(products, ({ created_at }) => created_at);
    expect(groups).toHaveLength(8);
    for (const group of groups) {
      expect(group.length).toBeGreaterThanOrEqual(5);
      expect(group.length).toBeLessThanOrEqual(12);
    }
  });

  it.each([
    "waterproof",
    "walnut",
    "noise",
    "titanium",
    "creme",
    "bamboo",
    "cork",
    "leather",
    "merino",
    "dishwasher",
    "wireless",
    "recycled",
    "espresso",
    "cafe",
    "carbon",
    "bœuf",
  ])("match a search for %s 5 to 200 times", (word) => {
    const hits = products.filter(({ name, description }) => wordsOf(`${name} ${description}`).has(word)).length;
    expect(hits).toBeGreaterThanOrEqual(5);
    expect(hits).toBeLessThanOrEqual(200);
  });
});

describe("seeded people", () => {
  it("have one to three addresses each, none older than the owner", () => {
    const owners = new Map(users.map((user) => [user.id, user]));
    for (const address of addresses) {
      expect(address.created_at).toBeGreaterThan(owners.get(address.user_id)?.created_at ?? Number.POSITIVE_INFINITY);
    }
    for (const { id } of users) {
      expect(addresses.filter(({ user_id }) => user_id === id).length, id).toBeOneOf([1, 2, 3]);
    }
  });

  it("live in at least eight countries and write their postal codes in the local format", () => {
    for (const { country, postal_code, region, line1, line2, city, name } of addresses) {
      expect(postal_code, country).toMatch(POSTAL_CODES[country] ?? /^never$/);
      for (const text of [line1, city, name, ...[line2, region].filter((value) => value !== null)]) {
        expect(text).toMatch(/^[^{}#@]{2,100}$/);
      }
    }
    expect(new Set(addresses.map(({ country }) => country)).size).toBeGreaterThanOrEqual(8);
    for (const optional of ["line2", "region"] as const) {
      expect(addresses.some((address) => address[optional] === null)).toBe(true);
      expect(addresses.some((address) => address[optional] !== null)).toBe(true);
    }
  });
});

describe("seeded orders", () => {
  const itemsOf = Map.groupBy(orderItems, ({ order_id }) => order_id);
  const byId = new Map<string, { readonly created_at: number }>(everyRow.map((row) => [row.id, row]));
  const createdAt = (id: string) => byId.get(id)?.created_at ?? Number.POSITIVE_INFINITY;

  it("are 2,400, in all states", () => {
    expect(orders).toHaveLength(2400);
    for (const status of ORDER_STATUSES) {
      expect(orders.filter((order) => order.status === status).length, status).toBeGreaterThan(100);
    }
  });

  it("have totals that are the sums of their items, without repeated products", () => {
    expect([...itemsOf.keys()]).toEqual(orders.map(({ id }) => id));
    for (const { id, total_amount } of orders) {
      const items = itemsOf.get(id) ?? [];
      expect(items.map(({ position }) => position)).toEqual(items.map((_, index) => index));
      expect(new Set(items.map(({ product_id }) => product_id)).size).toBe(items.length);
      expect(
        items.reduce((sum, item) => sum + item.quantity * item.unit_price_amount, 0),
        id,
      ).toBe(total_amount);
      for (const { quantity } of items) expect(quantity).toBeOneOf([1, 2, 4, 12]);
    }
    expect(orders.some(({ id }) => itemsOf.get(id)?.length === 8)).toBe(true);
  });

  it("copy their addresses and product names", () => {
    const homes = new Map(addresses.map((address) => [address.id, address]));
    const names = new Map(products.map(({ id, name }) => [id, name]));
    for (const { address_id, shipping_address } of orders) {
      const { name, line1, line2 } = homes.get(address_id) ?? {};
      const copy: unknown = JSON.parse(shipping_address);
      expect(copy).toMatchObject({ name, line1, ...(line2 === null ? {} : { line2 }) });
    }
    for (const { product_id, product_name } of orderItems) expect(product_name).toBe(names.get(product_id));
  });

  it("have the payments and refunds of their states, in order of time", () => {
    const entriesOf = Map.groupBy(ledgerEntries, ({ order_id }) => order_id);
    const kinds = {
      ...{ placed: [[]], paid: [["payment"]], shipped: [["payment"]], delivered: [["payment"]] },
      ...{ cancelled: [[], ["payment", "refund"]], refunded: [["payment", "refund"]] },
    };
    for (const { id, status, version, total_amount } of orders) {
      const entries = entriesOf.get(id) ?? [];
      expect(kinds[status], id).toContainEqual(entries.map(({ kind }) => kind));
      for (const { amount } of entries) expect(amount, id).toBe(total_amount);
      if (status === "cancelled") expect(entries.length, id).toBe(version === 3 ? 2 : 0);
    }
    const times = ledgerEntries.map(({ occurred_at }) => occurred_at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("go to the buyer's own address and are newer than everything they refer to", () => {
    const owners = new Map(addresses.map(({ id, user_id }) => [id, user_id]));
    for (const { id, user_id, address_id, created_at } of orders) {
      expect(owners.get(address_id), id).toBe(user_id);
      expect(created_at).toBeGreaterThan(createdAt(address_id));
      for (const { product_id } of itemsOf.get(id) ?? []) expect(created_at).toBeGreaterThan(createdAt(product_id));
    }
  });

  it("have a version that matches the number of transitions", () => {
    const versions = { placed: [1], paid: [2], shipped: [3], delivered: [4], cancelled: [2, 3], refunded: [3, 4, 5] };
    for (const { id, status, version } of orders) expect(version, id).toBeOneOf(versions[status]);
  });

  it("include the demo accounts: Ada has orders in every state", () => {
    const [ada, ...others] = users.slice(0, 4).map(({ id }) => orders.filter(({ user_id }) => user_id === id));
    expect(new Set(ada?.map(({ status }) => status))).toEqual(new Set(ORDER_STATUSES));
    for (const own of others) expect(own.length).toBeGreaterThan(0);
  });
});

const PINNED = "8597c748f1963fd4d7e68be4b585e9da7ce7904030237495cef7eac4faf51bf7";

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const POSTAL_CODES: Readonly<Record<string, RegExp>> = {
  US: /^\d{5}$/,
  GB: /^[A-Z]{1,2}\d{1,2} \d[A-Z]{2}$/,
  DE: /^\d{5}$/,
  FR: /^\d{5}$/,
  NL: /^\d{4} [A-Z]{2}$/,
  SE: /^\d{3} \d{2}$/,
  CA: /^[A-Z]\d[A-Z] \d[A-Z]\d$/,
  AU: /^\d{4}$/,
  JP: /^\d{3}-\d{4}$/,
  BR: /^\d{5}-\d{3}$/,
  IN: /^\d{6}$/,
  PL: /^\d{2}-\d{3}$/,
  NG: /^\d{6}$/,
  IT: /^\d{5}$/,
};

function sharedBy<R>(rows: readonly R[], key: (row: R) => unknown): R[][] {
  return [...Map.groupBy(rows, key).values()].filter((group) => group.length > 1);
}

/** Words as the full-text index folds them, without stemming. */
function wordsOf(text: string): Set<string> {
  const folded = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return new Set(folded.split(/[^\p{L}\p{N}]+/u));
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

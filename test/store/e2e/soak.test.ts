/** `npm run soak` in small, and that it would notice: books that are wrong, each in its way. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Books, faultsAgainst, faultsWithin } from "../../../scripts/soak/books.ts";
import { Ledger, type Told } from "../../../scripts/soak/ledger.ts";
import { progressLine, summary } from "../../../scripts/soak/report.ts";

const PROJECT_DIRECTORY = join(import.meta.dirname, "../../..");

const PRODUCTS = [{ id: "prod_1", price: 200 }];
const BEFORE = new Map([["prod_1", 10]]);

/** Three orders: one paid, one cancelled, one refunded. */
const SOUND: Books = {
  stock: new Map([["prod_1", 5]]),
  orders: [
    { id: "ord_1", status: "paid", version: 2, total: 400 },
    { id: "ord_2", status: "cancelled", version: 2, total: 200 },
    { id: "ord_3", status: "refunded", version: 3, total: 600 },
  ],
  items: [
    { orderId: "ord_1", productId: "prod_1", quantity: 2, unitPrice: 200 },
    { orderId: "ord_2", productId: "prod_1", quantity: 1, unitPrice: 200 },
    { orderId: "ord_3", productId: "prod_1", quantity: 3, unitPrice: 200 },
  ],
  effects: new Map([
    ["ord_1", 2],
    ["ord_2", 2],
    ["ord_3", 3],
  ]),
};

function told(kind: Told["kind"], order: number, isAccepted = true): Told {
  const key = `${kind}-${order}-${isAccepted}`;
  return { kind, key, isAccepted, status: isAccepted ? 200 : 409, orderId: `ord_${order}` };
}

const TOLD: readonly Told[] = [
  told("place", 1),
  told("place", 2),
  told("place", 3),
  told("pay", 1),
  told("cancel", 2),
  told("pay", 3),
  told("refund", 3),
  told("refund", 2, false),
];

function withOrder(id: string, change: Partial<Books["orders"][number]>): Books {
  return { ...SOUND, orders: SOUND.orders.map((order) => (order.id === id ? { ...order, ...change } : order)) };
}

describe("the books", () => {
  it("are right when all is well", () => {
    expect(faultsWithin(SOUND, PRODUCTS, BEFORE)).toEqual([]);
    expect(faultsAgainst(SOUND, TOLD)).toEqual([]);
  });

  it.each<[string, Books, readonly string[]]>([
    [
      "stock below zero",
      { ...SOUND, stock: new Map([["prod_1", -1]]) },
      ["prod_1: -1 units in stock", "prod_1: -1 units in stock, 5 expected from its orders"],
    ],
    [
      "a unit that is lost",
      { ...SOUND, stock: new Map([["prod_1", 4]]) },
      ["prod_1: 4 units in stock, 5 expected from its orders"],
    ],
    ["a total of its own", withOrder("ord_1", { total: 401 }), ["ord_1: its total is 401, but its items cost 400"]],
    [
      "another price",
      { ...SOUND, items: SOUND.items.map((item) => ({ ...item, unitPrice: item.orderId === "ord_2" ? 100 : 200 })) },
      ["ord_2: prod_1 was sold at 100", "ord_2: its total is 200, but its items cost 100"],
    ],
  ])("are found wrong by themselves: %s", (_, books, faults) => {
    expect(faultsWithin(books, PRODUCTS, BEFORE)).toEqual(faults);
  });

  it.each<[string, Books, readonly Told[], string]>([
    [
      "an order that was acknowledged is gone",
      { ...SOUND, orders: SOUND.orders.slice(1) },
      TOLD,
      "the order does not exist",
    ],
    ["an order that nobody was told of", SOUND, TOLD.slice(1), "ord_1: no client received it"],
    ["two keys, one order", SOUND, [...TOLD, { ...told("place", 1), key: "again" }], "returned for 2 keys"],
    ["a step that was told and not taken", withOrder("ord_1", { status: "placed", version: 1 }), TOLD, "ord_1: placed"],
    [
      "a step that was taken twice",
      withOrder("ord_1", { version: 3 }),
      TOLD,
      "ord_1: 2 transitions, 1 of them accepted",
    ],
    ["a refund of what was not paid", withOrder("ord_2", { status: "refunded" }), TOLD, "ord_2: refunded after cancel"],
    [
      "an effect too many",
      { ...SOUND, effects: new Map([...SOUND.effects, ["ord_1", 3]]) },
      TOLD,
      "ord_1: 3 effects for 2 accepted keys",
    ],
    [
      "an effect of nothing",
      { ...SOUND, effects: new Map([...SOUND.effects, ["ord_4", 1]]) },
      TOLD,
      "ord_4: has an effect, but the order does not exist",
    ],
  ])("are found wrong by what was told: %s", (_, books, tellings, fault) => {
    expect(faultsAgainst(books, tellings).join("\n")).toContain(fault);
  });

  it("notice a key that is answered in two ways", () => {
    const ledger = new Ledger();
    for (const telling of [told("place", 1), told("place", 1), { ...told("place", 2), key: told("place", 1).key }]) {
      ledger.tell(telling);
    }
    expect(ledger.faults).toEqual(["place-1-true: received 200 ord_1, then 200 ord_2"]);
  });
});

describe("what is shown", () => {
  const ledger = new Ledger();
  for (const telling of TOLD) ledger.tell(telling);
  for (let request = 0; request < 1234; request += 1) ledger.count("requests");
  const result = { seconds: 83, kills: 2, ledger, orders: 3, faults: [], lastLines: ["an error"] };

  it("is how far it is, in one line", () => {
    expect(progressLine({ phase: "soaking", seconds: 83, kills: 1, ledger }, 300)).toBe(
      "1:23 of 5:00, 1,234 requests, 3 orders, 0 replays, 0 × 429, 1 kill, 0 faults",
    );
  });

  it("is a table at the end, and whether all held", () => {
    const text = summary(result, 7);
    expect(text).toMatch(/^Soaked for 1:23, 2 kills, seed 7\.\n\n {2}requests +1,234\n/);
    expect(text).toMatch(/ place: accepted +3\n.* pay: accepted +2\n.* cancel: accepted +1\n.* refund: accepted +1\n/);
    expect(text).toMatch(/\nHeld: [^\n]+$/);
    expect(text).not.toContain("an error");
  });

  it("is the evidence and the seed, where something is broken", () => {
    const faults = Array.from({ length: 25 }, (_, index) => `fault ${index}`);
    const text = summary({ ...result, faults }, 7);
    expect(text).toContain("BROKEN: 25 faults. --seed 7 ");
    expect(text).toContain("  fault 19\n  … and 5 more\n\nLast output of the service:\n  an error");
  });
});

describe("npm run soak", () => {
  const temporary = mkdtempSync(join(tmpdir(), "soak-test-"));

  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  function run(command: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { ...process.env, TMPDIR: temporary };
    return new Promise((resolve) => {
      execFile(command, args, { cwd: PROJECT_DIRECTORY, env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  }

  it("holds for some seconds, says so, and leaves nothing behind", async () => {
    const small = ["--minutes", "0.05", "--clients", "4", "--seed", "7"];
    const { code, stdout, stderr } = await run("npm", "run", "--silent", "soak", "--", ...small);
    expect([code, stdout]).toEqual([0, expect.stringContaining("\nHeld: each accepted key has exactly one effect")]);
    expect(stdout).toMatch(/ place: accepted +[1-9]/);
    expect(stderr).toMatch(/^building, seeding and starting the service\n/);
    expect(readdirSync(temporary).filter((name) => name.startsWith("sluice-soak-"))).toEqual([]);
  });

  it.each([["--minutes 0"], ["--clients many"], ["--seed -1"], ["now"]])("does not understand %s", async (line) => {
    const node = join(PROJECT_DIRECTORY, "node_modules/.bin/node");
    const { code, stdout, stderr } = await run(node, "scripts/soak.ts", ...line.split(" "));
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: npm run soak");
  });
});

/** A short run of `npm run soak`, and proof that its checks detect each kind of inconsistent data. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Books, faultsAgainst, faultsWithin } from "../../../scripts/soak/books.ts";
import { Ledger, type Outcome } from "../../../scripts/soak/ledger.ts";
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

function outcomeOf(kind: Outcome["kind"], order: number, isAccepted = true): Outcome {
  const key = `${kind}-${order}-${isAccepted}`;
  return { kind, key, isAccepted, status: isAccepted ? 200 : 409, orderId: `ord_${order}` };
}

const OUTCOMES: readonly Outcome[] = [
  outcomeOf("place", 1),
  outcomeOf("place", 2),
  outcomeOf("place", 3),
  outcomeOf("pay", 1),
  outcomeOf("cancel", 2),
  outcomeOf("pay", 3),
  outcomeOf("refund", 3),
  outcomeOf("refund", 2, false),
];

function withOrder(id: string, change: Partial<Books["orders"][number]>): Books {
  return { ...SOUND, orders: SOUND.orders.map((order) => (order.id === id ? { ...order, ...change } : order)) };
}

describe("the consistency checks", () => {
  it("find no fault in consistent data", () => {
    expect(faultsWithin(SOUND, PRODUCTS, BEFORE)).toEqual([]);
    expect(faultsAgainst(SOUND, OUTCOMES)).toEqual([]);
  });

  it.each<[string, Books, readonly string[]]>([
    [
      "stock below zero",
      { ...SOUND, stock: new Map([["prod_1", -1]]) },
      ["prod_1: -1 units in stock", "prod_1: -1 units in stock, 5 expected from its orders"],
    ],
    [
      "a missing unit",
      { ...SOUND, stock: new Map([["prod_1", 4]]) },
      ["prod_1: 4 units in stock, 5 expected from its orders"],
    ],
    [
      "a total that differs from the items",
      withOrder("ord_1", { total: 401 }),
      ["ord_1: its total is 401, but its items cost 400"],
    ],
    [
      "another price",
      { ...SOUND, items: SOUND.items.map((item) => ({ ...item, unitPrice: item.orderId === "ord_2" ? 100 : 200 })) },
      ["ord_2: prod_1 was sold at 100", "ord_2: its total is 200, but its items cost 100"],
    ],
  ])("find a fault in the database alone: %s", (_, books, faults) => {
    expect(faultsWithin(books, PRODUCTS, BEFORE)).toEqual(faults);
  });

  it.each<[string, Books, readonly Outcome[], string]>([
    [
      "an acknowledged order that is missing",
      { ...SOUND, orders: SOUND.orders.slice(1) },
      OUTCOMES,
      "the order does not exist",
    ],
    ["an order that no client received", SOUND, OUTCOMES.slice(1), "ord_1: no client received it"],
    ["one order for two keys", SOUND, [...OUTCOMES, { ...outcomeOf("place", 1), key: "again" }], "returned for 2 keys"],
    [
      "an accepted transition that is missing",
      withOrder("ord_1", { status: "placed", version: 1 }),
      OUTCOMES,
      "ord_1: placed",
    ],
    [
      "a transition that was applied twice",
      withOrder("ord_1", { version: 3 }),
      OUTCOMES,
      "ord_1: 2 transitions, 1 of them accepted",
    ],
    [
      "a refund of an unpaid order",
      withOrder("ord_2", { status: "refunded" }),
      OUTCOMES,
      "ord_2: refunded after cancel",
    ],
    [
      "one effect too many",
      { ...SOUND, effects: new Map([...SOUND.effects, ["ord_1", 3]]) },
      OUTCOMES,
      "ord_1: 3 effects for 2 accepted keys",
    ],
    [
      "an effect without an order",
      { ...SOUND, effects: new Map([...SOUND.effects, ["ord_4", 1]]) },
      OUTCOMES,
      "ord_4: has an effect, but the order does not exist",
    ],
  ])("find a fault by comparison with the responses: %s", (_, books, outcomes, fault) => {
    expect(faultsAgainst(books, outcomes).join("\n")).toContain(fault);
  });

  it("find a key that received two different responses", () => {
    const ledger = new Ledger();
    for (const outcome of [
      outcomeOf("place", 1),
      outcomeOf("place", 1),
      { ...outcomeOf("place", 2), key: outcomeOf("place", 1).key },
    ]) {
      ledger.record(outcome);
    }
    expect(ledger.faults).toEqual(["place-1-true: received 200 ord_1, then 200 ord_2"]);
  });
});

describe("the report", () => {
  const ledger = new Ledger();
  for (const outcome of OUTCOMES) ledger.record(outcome);
  for (let request = 0; request < 1234; request += 1) ledger.count("requests");
  const result = { seconds: 83, kills: 2, ledger, orders: 3, faults: [], lastLines: ["an error"] };

  it("shows the progress in one line", () => {
    expect(progressLine({ phase: "soaking", seconds: 83, kills: 1, ledger }, 300)).toBe(
      "1:23 of 5:00, 1,234 requests, 3 orders, 0 replays, 0 × 429, 1 kill, 0 faults",
    );
  });

  it("ends with a table and the result", () => {
    const text = summary(result, 7);
    expect(text).toMatch(/^Soaked for 1:23, 2 kills, seed 7\.\n\n {2}requests +1,234\n/);
    expect(text).toMatch(/ place: accepted +3\n.* pay: accepted +2\n.* cancel: accepted +1\n.* refund: accepted +1\n/);
    expect(text).toMatch(/\nHeld: [^\n]+$/);
    expect(text).not.toContain("an error");
  });

  it("lists the faults, the seed and the last output if a check failed", () => {
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

  it("passes a run of a few seconds and leaves no files behind", async () => {
    const small = ["--minutes", "0.05", "--clients", "4", "--seed", "7"];
    const { code, stdout, stderr } = await run("npm", "run", "--silent", "soak", "--", ...small);
    expect([code, stdout]).toEqual([0, expect.stringContaining("\nHeld: each accepted key has exactly one effect")]);
    expect(stdout).toMatch(/ place: accepted +[1-9]/);
    expect(stderr).toMatch(/^building, seeding and starting the service\n/);
    expect(readdirSync(temporary).filter((name) => name.startsWith("sluice-soak-"))).toEqual([]);
  });

  it.each([["--minutes 0"], ["--clients many"], ["--seed -1"], ["now"]])("rejects the arguments %s", async (line) => {
    const node = join(PROJECT_DIRECTORY, "node_modules/.bin/node");
    const { code, stdout, stderr } = await run(node, "scripts/soak.ts", ...line.split(" "));
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: npm run soak");
  });
});

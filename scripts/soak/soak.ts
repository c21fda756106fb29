/**
 * A soak: clients place, pay, cancel and refund orders while the service is killed repeatedly. At the end, every open
 * request is repeated until it gets a final response. Then the database is audited against all responses.
 */
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { int, randomOf } from "../seed/random.ts";
import { type Books, faultsAgainst, faultsWithin, readBooks } from "./books.ts";
import { Client } from "./client.ts";
import { type Intent, Ledger } from "./ledger.ts";
import { OwnServer } from "./server.ts";
import { prepareShop, withDatabase } from "./shop.ts";
import { runShopper } from "./shopper.ts";

export interface SoakPlan {
  /** Repeats the clients' choices, but not the timing of their requests. */
  readonly seed: number;
  readonly seconds: number;
  readonly clients: number;
  readonly stateDirectory: string;
  /** Called about once a second. */
  onProgress(progress: SoakProgress): void;
}

export interface SoakProgress {
  /** "opening" and "closing" do not count towards the requested time. */
  readonly phase: "opening" | "soaking" | "closing";
  readonly seconds: number;
  readonly kills: number;
  readonly ledger: Ledger;
}

export interface SoakResult {
  readonly seconds: number;
  readonly kills: number;
  readonly ledger: Ledger;
  readonly orders: number;
  /** Violations, one per line; empty if there are none. */
  readonly faults: readonly string[];
  readonly lastLines: readonly string[];
}

/** Plenty of some products, so that orders continue. Others run out soon. */
const STOCK = [1_000_000, 1_000_000, 1_000_000, 300, 40];

/** The seconds between two kills, sometimes longer than a lease. */
const KILL_AFTER = { minimum: 10, maximum: 40 } as const;

/** The number of open intents that are repeated concurrently. */
const CLOSING_CONCURRENCY = 20;

export async function soak({ seed, seconds, clients, stateDirectory, onProgress }: SoakPlan): Promise<SoakResult> {
  const ledger = new Ledger();
  const faults: string[] = [];
  let kills = 0;
  let phase: SoakProgress["phase"] = "opening";
  let startedAt = performance.now();
  const elapsed = () => (phase === "opening" ? 0 : (performance.now() - startedAt) / 1000);
  // Stops at the first fault, while the evidence is fresh.
  const isOver = () => elapsed() >= seconds || faults.length + ledger.faults.length > 0;
  const ticking = setInterval(() => onProgress({ phase, seconds: elapsed(), kills, ledger }), 1000);
  const port = await freePort();
  const server = new OwnServer(port, stateDirectory);
  try {
    const shop = await prepareShop(stateDirectory, STOCK);
    const stock: Books["stock"] = new Map(shop.products.map(({ id }, index) => [id, STOCK[index] ?? 0]));
    const audit = () => withDatabase(stateDirectory, readBooks);
    await server.start();
    const client = new Client(`http://127.0.0.1:${port}`, ledger);
    phase = "soaking";
    startedAt = performance.now();

    const shoppers = Array.from({ length: clients }, (_, index) => {
      const customer = shop.customers[index % 4 === 3 ? 1 : 0];
      if (customer === undefined) throw new RangeError("the shop has no customers");
      const name = `soak-${seed}-${index + 1}`;
      return runShopper({ name, customer, shop, client, random: randomOf(name) }, isOver);
    });
    await Promise.all([...shoppers, killRepeatedly()]);
    phase = "closing";
    for (let open = ledger.open; open.length > 0; open = open.slice(CLOSING_CONCURRENCY)) {
      await Promise.all(open.slice(0, CLOSING_CONCURRENCY).map((intent: Intent) => client.carryThrough(intent)));
    }
    await server.stop();
    const books = await audit();
    faults.push(
      ...faultsWithin(books, shop.products, stock),
      ...faultsAgainst(books, ledger.outcomes),
      ...ledger.faults,
    );
    const { lastLines } = server;
    return { seconds: elapsed(), kills, ledger, orders: books.orders.length, faults, lastLines };

    async function killRepeatedly(): Promise<void> {
      const random = randomOf(`soak-${seed}-kills`);
      for (;;) {
        const nextAt = elapsed() + int(random, KILL_AFTER.minimum, KILL_AFTER.maximum);
        while (elapsed() < nextAt && !isOver()) await setTimeout(100);
        // No kill at the end, because all lost requests have to be repeated.
        if (isOver()) return;
        await server.killAtWrite();
        kills += 1;
        // The state that the killed service left must be consistent.
        faults.push(...faultsWithin(await audit(), shop.products, stock));
        await server.start();
      }
    }
  } finally {
    clearInterval(ticking);
    await server.kill();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

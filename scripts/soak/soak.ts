/**
 * A soak: clients that order, pay, cancel and have refunded for as long as one likes, against a service that is killed
 * from time to time. When they stop, whatever is still open is sent again until it is answered for good, and the books
 * are held against all that anybody was told.
 */
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { int, randomOf } from "../seed/random.ts";
import { type Books, faultsAgainst, faultsWithin, readBooks } from "./books.ts";
import { Client } from "./client.ts";
import { type Intent, Ledger } from "./ledger.ts";
import { OwnServer } from "./server.ts";
import { prepareShop, withDatabase } from "./shop.ts";
import { goShopping } from "./shopper.ts";

export interface SoakPlan {
  /** Repeats what clients choose to do, not how their requests meet. */
  readonly seed: number;
  readonly seconds: number;
  readonly clients: number;
  readonly stateDirectory: string;
  /** Called about once a second. */
  onProgress(progress: SoakProgress): void;
}

export interface SoakProgress {
  /** "opening" and "closing" are beside the time that was asked for. */
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
  /** What is wrong, one line each; none where all is well. */
  readonly faults: readonly string[];
  readonly lastLines: readonly string[];
}

/** Plenty of some, so that orders go on; of others soon none is left. */
const STOCK = [1_000_000, 1_000_000, 1_000_000, 300, 40];

/** Between two kills, in seconds. Longer than a lease, now and then. */
const KILL_AFTER = { least: 10, most: 40 } as const;

/** Open intents that are taken up at a time. */
const CLOSING_TOGETHER = 20;

export async function soak({ seed, seconds, clients, stateDirectory, onProgress }: SoakPlan): Promise<SoakResult> {
  const ledger = new Ledger();
  const faults: string[] = [];
  let kills = 0;
  let phase: SoakProgress["phase"] = "opening";
  let begunAt = performance.now();
  const elapsed = () => (phase === "opening" ? 0 : (performance.now() - begunAt) / 1000);
  // What is broken gets no better by going on, and the evidence is fresh.
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
    begunAt = performance.now();

    const shoppers = Array.from({ length: clients }, (_, index) => {
      const customer = shop.customers[index % 4 === 3 ? 1 : 0];
      if (customer === undefined) throw new RangeError("nobody to shop");
      const name = `soak-${seed}-${index + 1}`;
      return goShopping({ name, customer, shop, client, random: randomOf(name) }, isOver);
    });
    await Promise.all([...shoppers, killNowAndThen()]);
    phase = "closing";
    for (let open = ledger.open; open.length > 0; open = open.slice(CLOSING_TOGETHER)) {
      await Promise.all(open.slice(0, CLOSING_TOGETHER).map((intent: Intent) => client.carryThrough(intent)));
    }
    await server.stop();
    const books = await audit();
    faults.push(...faultsWithin(books, shop.products, stock), ...faultsAgainst(books, ledger.told), ...ledger.faults);
    const { lastLines } = server;
    return { seconds: elapsed(), kills, ledger, orders: books.orders.length, faults, lastLines };

    async function killNowAndThen(): Promise<void> {
      const random = randomOf(`soak-${seed}-kills`);
      for (;;) {
        const nextAt = elapsed() + int(random, KILL_AFTER.least, KILL_AFTER.most);
        while (elapsed() < nextAt && !isOver()) await setTimeout(100);
        // Whatever is lost by then has to be waited for, so the last part is without.
        if (isOver()) return;
        await server.killAtWrite();
        kills += 1;
        // What the dead left behind has to be right by itself.
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

/** Limits of the units in unpaid orders: per account, and per product over all accounts, also for concurrent orders. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ada,
  bob,
  insertPeople,
  type Person,
  principalOf,
  serviceFor,
  stella,
} from "../../features/accounts/people.ts";
import { problemOf } from "../../support/requests.ts";
import { type Service, START, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { tick } from "../support/clock.ts";
import { emptyPeople } from "../support/people.ts";
import { emptyShop, type Item, insertProduct, place, placed, productId, shopState, stockOf, take } from "./shop.ts";

const LAMP = productId(1);
const RUG = productId(2);
const HOMES = new Map([
  [ada.id, addressId(1)],
  [bob.id, addressId(2)],
]);

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, bob, stella);
  await insertHomes(home(1, ada.id), home(2, bob.id));
  await insertProduct(1, { stock: 10_000 });
  await insertProduct(2, { stock: 10_000 });
});

function limited(who: Person, account: number, product: number): Service {
  const bindings = { SLUICE_UNPAID_UNITS_PER_ACCOUNT: `${account}`, SLUICE_UNPAID_UNITS_PER_PRODUCT: `${product}` };
  return startService({ as: principalOf(who), bindings: bindings as unknown as Partial<Env> }); // the types have only the defaults
}

const lamps = (quantity: number): Item[] => [{ product_id: LAMP, quantity }];
const both = (quantity: number): Item[] => [...lamps(quantity), { product_id: RUG, quantity }];

async function statusOf(service: Service, items: readonly Item[], who = ada): Promise<number> {
  return (await place(service, items, HOMES.get(who.id) ?? "")).status;
}

describe("an account", () => {
  it("has a limit of unpaid units over all its orders and products", async () => {
    const service = limited(ada, 10, 1000);
    expect(await statusOf(service, both(4))).toBe(201);
    const before = await shopState();
    const refused = await place(service, lamps(3), addressId(1));
    expect(refused.status).toBe(409);
    expect(await problemOf(refused)).toMatchObject({
      code: "CONFLICT",
      detail: expect.stringContaining("at most 10 units"),
    });
    expect(await shopState()).toEqual(before);
    expect(await statusOf(service, lamps(2))).toBe(201);
    expect(await statusOf(service, lamps(1))).toBe(409);
    // The limit of one account does not affect others.
    expect(await statusOf(limited(bob, 10, 1000), lamps(10), bob)).toBe(201);
  });

  it.each([
    ["is paid", async (path: string) => void (await take(serviceFor(ada), path, "pay"))],
    ["is cancelled by its owner", async (path: string) => void (await take(serviceFor(ada), path, "cancel"))],
    ["is cancelled by staff", async (path: string) => void (await take(serviceFor(stella), path, "cancel"))],
    ["expires", async () => tick(START + 30 * 60_000)],
  ])("may order again when an order %s", async (_, end) => {
    const service = limited(ada, 5, 1000);
    const { path } = await placed(service, lamps(5));
    expect(await statusOf(service, lamps(1))).toBe(409);
    await end(path);
    expect(await statusOf(service, lamps(5))).toBe(201);
    expect(await statusOf(service, lamps(1))).toBe(409);
  });

  it("places exactly as many of a hundred concurrent orders as fit", { timeout: 60_000 }, async () => {
    const service = limited(ada, 42, 1000);
    const answers = await Promise.all(Array.from({ length: 100 }, () => place(service, lamps(1), addressId(1))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(42);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(await problemOf(answer)).toMatchObject({ status: 409, code: "CONFLICT" });
    }
    expect(await stockOf(LAMP)).toBe(9958);
  });

  it("may by default place the largest possible order and 30 more units", async () => {
    const numbers = Array.from({ length: 30 }, (_, index) => 100 + index);
    for (const number of numbers) await insertProduct(number, { stock: 1000 });
    const items = numbers.map((number) => ({ product_id: productId(number), quantity: 99 }));
    const service = serviceFor(ada);
    expect(await statusOf(service, items)).toBe(201);
    expect(await statusOf(service, lamps(31))).toBe(409);
    expect(await statusOf(service, lamps(30))).toBe(201);
  });
});

describe("a product", () => {
  it("has a limit of units in unpaid orders of all accounts", async () => {
    expect(await statusOf(limited(ada, 1000, 10), lamps(6))).toBe(201);
    const refused = await place(limited(bob, 1000, 10), lamps(5), addressId(2));
    expect(refused.status).toBe(409);
    expect(await problemOf(refused)).toMatchObject({ code: "CONFLICT", detail: expect.stringContaining("At most 10") });
    expect(await statusOf(limited(bob, 1000, 10), lamps(4), bob)).toBe(201);
    expect(await statusOf(limited(bob, 1000, 10), [{ product_id: RUG, quantity: 10 }], bob)).toBe(201);
    expect(await statusOf(limited(ada, 1000, 10), lamps(1))).toBe(409);
  });

  it("allows exactly as many of a hundred concurrent orders of two accounts as fit", { timeout: 60_000 }, async () => {
    const services = [limited(ada, 1000, 33), limited(bob, 1000, 33)] as const;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        index % 2 === 0 ? place(services[0], lamps(1), addressId(1)) : place(services[1], lamps(1), addressId(2)),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(33);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(67);
    expect(await stockOf(LAMP)).toBe(9967);
  });
});

describe("the counters", () => {
  it("equal the sums over the orders after any transitions", async () => {
    const [asAda, asStella] = [serviceFor(ada), serviceFor(stella)];
    const steps = [[], ["cancel"], ["pay"], ["pay", "cancel"], ["pay", "ship"], ["pay", "refund"]] as const;
    for (const taken of steps) {
      const { path } = await placed(asAda, both(2));
      for (const step of taken) await take(step === "ship" || step === "refund" ? asStella : asAda, path, step);
    }
    const counted = await env.DB.prepare("SELECT * FROM product_units ORDER BY product_id").all();
    expect(counted.results).toEqual([LAMP, RUG].map((product_id) => ({ product_id, open_units: 4, unpaid_units: 2 })));
    const own = await env.DB.prepare("SELECT * FROM account_units").all();
    expect(own.results).toEqual([{ user_id: ada.id, unpaid_units: 4 }]);
  });
});

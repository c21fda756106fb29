/**
 * A write without a response from the database may still be in progress. Until its outcome is known, the service never
 * reports it as refused, and its key accepts no other request.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { FaultPoint } from "#core/contract/dependencies.ts";
import type { Principal } from "#core/contract/principal.ts";
import { WRITE_TIMEOUT_MS } from "#core/data/session.ts";
import { insertPeople, person, userId } from "../../features/accounts/people.ts";
import { interceptedDatabase, type Run } from "../../support/platform-faults.ts";
import { staff as member, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { freshKey, insertProduct, type Order, place, placed, stockOf, take } from "../orders/shop.ts";

const LEASE_MS = 30_000;
const UNKNOWN = "It is not known whether the request took effect.";
const scopes = ["orders:read", "orders:write"];
const ada: Principal = { kind: "user", id: userId(1), roles: ["customer"], scopes, credential: "token" };
const staff: Principal = { ...member, scopes: [...scopes, "products:write"] };

let products = 0;

function newProduct(stock: number, price = 1000): Promise<string> {
  products += 1;
  return insertProduct(products, { stock, price });
}

/**
 * A database that does not respond to the first write. `meanwhile` runs before each write; `arrive` executes the
 * delayed write.
 */
function lateDatabase(meanwhile: (write: number) => Promise<unknown>) {
  let late: (() => Promise<unknown>) | undefined;
  let writes = 0;
  const run: Run = async (work, isWrite = false) => {
    if (!isWrite) return work();
    writes += 1;
    const isFirst = writes === 1;
    await meanwhile(writes);
    if (!isFirst) return work();
    late = work;
    return neverRespond();
  };
  return {
    database: interceptedDatabase(run),
    arrive: () =>
      late?.().then(
        () => "committed",
        () => "undone",
      ),
  };
}

/** Never resolves, and lets the write timeout pass at once. */
function neverRespond(): Promise<never> {
  void vi.advanceTimersByTimeAsync(WRITE_TIMEOUT_MS);
  return new Promise<never>(() => {});
}

async function detailOf(response: Response): Promise<string> {
  const { detail }: { readonly detail: string } = await response.json();
  return detail;
}

beforeAll(async () => {
  await insertPeople(person(1));
  await insertHomes(home(1, userId(1)));
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("with a key", () => {
  /** An order whose write gets no response while another order takes the whole stock. */
  async function soldOutMeanwhile() {
    const [product, key, asAda] = [await newProduct(2), freshKey(), startService({ as: ada })];
    const items = [{ product_id: product, quantity: 2 }];
    let other = "";
    const { database, arrive } = lateDatabase(async () => {
      other = (await placed(asAda, items)).path;
    });
    const send = (service = asAda) => place(service, items, addressId(1), { "Idempotency-Key": key });
    const answer = await send(startService({ as: ada, bindings: { DB: database } }));
    const cancelOther = async () => expect((await take(asAda, other, "cancel")).status).toBe(200);
    return { answer, product, send, cancelOther, arrive };
  }

  it("A15 A16 returns 503, not a refusal, if the stock is sold meanwhile, and replays the order once the write arrives", async () => {
    const { answer, product, send, cancelOther, arrive } = await soldOutMeanwhile();
    expect([answer.status, await detailOf(answer)]).toEqual([503, expect.stringContaining(UNKNOWN)]);

    await cancelOther();
    expect([await arrive(), await stockOf(product)]).toEqual(["committed", 0]);
    const again = await send();
    expect([again.status, again.headers.get("Idempotent-Replayed")]).toEqual([201, "true"]);
  });

  it("A15 the refusal of a retry is final: the late write of the first attempt is blocked", async () => {
    const { product, send, cancelOther, arrive } = await soldOutMeanwhile();
    const again = await send();
    expect([again.status, await detailOf(again)]).toEqual([409, "`quantity` exceeds the stock of 0."]);
    await cancelOther();
    expect([await arrive(), await stockOf(product)]).toEqual(["undone", 2]);
  });

  it("A05 A16 keeps the key bound to its body while prices change at each attempt", async () => {
    const [product, key] = [await newProduct(10), freshKey()];
    const price = (amount: number) =>
      env.DB.prepare("UPDATE products SET price_amount = ? WHERE id = ?").bind(amount, product).run();
    const late = lateDatabase((write) => price(1000 + write));
    const first = startService({ as: ada, bindings: { DB: late.database } });
    const send = (quantity: number, service = startService({ as: ada })) =>
      place(service, [{ product_id: product, quantity }], addressId(1), { "Idempotency-Key": key });
    expect((await send(1, first)).status).toBe(503);
    await price(1000);
    expect(await late.arrive()).toBe("committed");
    expect((await send(5)).status).toBe(422);
    const order: Order = await (await send(1)).json();
    expect([order.items[0]?.quantity, order.total.amount]).toEqual([1, 1000]);
  });

  it("A15 a retry returns 503 if it cannot find out the outcome or cannot read the result", async () => {
    const [product, key] = [await newProduct(10), freshKey()];
    const send = (service: ReturnType<typeof startService>) =>
      place(service, [{ product_id: product, quantity: 1 }], addressId(1), { "Idempotency-Key": key });
    const committed = Promise.withResolvers<void>();
    const faults = async (at: FaultPoint) => {
      if (at !== "after-batch") return;
      committed.resolve();
      await new Promise<never>(() => {});
    };
    void send(startService({ as: ada, dependencies: { faults } }));
    await committed.promise;
    let hasSettled = false;
    const retries: readonly [Run, string][] = [
      [(work, isWrite) => (isWrite === true ? neverRespond() : work()), UNKNOWN],
      [
        (work, isWrite) => {
          if (hasSettled) return neverRespond();
          hasSettled = isWrite === true;
          return work();
        },
        "The request took effect",
      ],
    ];
    for (const [index, [run, detail]] of retries.entries()) {
      const retry = startService({ as: ada, bindings: { DB: interceptedDatabase(run) } });
      retry.advance((1 + index) * LEASE_MS);
      const answer = await send(retry);
      expect([answer.status, await detailOf(answer)]).toEqual([503, expect.stringContaining(detail)]);
    }
  });
});

describe("without a key", () => {
  it("C14 does not report a change as refused if it was made", async () => {
    const product = await newProduct(10);
    const { database } = databaseLosingResponse();
    const answer = await startService({ as: staff, bindings: { DB: database } }).fetch(`/v1/products/${product}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/merge-patch+json", "If-Match": "*" },
      body: '{"stock":3}',
    });
    expect([answer.status, await detailOf(answer)]).toEqual([503, expect.stringContaining(UNKNOWN)]);
    expect(await stockOf(product)).toBe(3);
  });

  it("A16 does not report a transition as impossible if it was made", async () => {
    const { path } = await placed(startService({ as: ada }), [{ product_id: await newProduct(10), quantity: 1 }]);
    const { database } = databaseLosingResponse();
    const service = startService({ as: ada, bindings: { DB: database } });
    const answer = await service.fetch(`${path}/cancel`, { method: "POST" });
    expect([answer.status, await detailOf(answer)]).toEqual([503, expect.stringContaining(UNKNOWN)]);
  });

  /** Executes the first write but loses its response. */
  function databaseLosingResponse() {
    let isFirst = true;
    const run: Run = async (work, isWrite = false) => {
      if (!isWrite || !isFirst) return work();
      isFirst = false;
      await work();
      return neverRespond();
    };
    return { database: interceptedDatabase(run) };
  }
});

/**
 * Stock plus the units in open orders never exceeds the maximum of stock, so that each cancellation and each patch is
 * possible.
 */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { ada, insertPeople, principalOf, serviceFor, stella } from "../../features/accounts/people.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../../support/requests.ts";
import { START, startService } from "../../support/service.ts";
import { home, insertHomes } from "../addresses/homes.ts";
import { emptyShop, insertProduct, placed, productId, stockOf, take } from "../orders/shop.ts";
import { tick } from "../support/clock.ts";
import { emptyPeople } from "../support/people.ts";
import { INPUT, post } from "../support/products.ts";

const MAX = 1_000_000_000;
const LAMP = productId(1);
const PATH = `/v1/products/${LAMP}`;
const asAda = serviceFor(ada);
const asStella = serviceFor(stella);

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, stella);
  await insertHomes(home(1, ada.id));
  await insertProduct(1, { stock: 10 });
});

function setStock(type: string, stock: number, service = asStella): Promise<Response> {
  const body = type === MERGE_PATCH ? { stock } : [{ op: "replace", path: "/stock", value: stock }];
  return patch(service, PATH, type, body, { "If-Match": "*" });
}

describe.each([MERGE_PATCH, JSON_PATCH])("by %s", (type) => {
  it("stock leaves exactly enough room for the units in open orders", async () => {
    const { path } = await placed(asAda, [{ product_id: LAMP, quantity: 5 }]);
    for (const stock of [MAX, MAX - 4]) {
      const refused = await setStock(type, stock);
      expect(refused.status).toBe(409);
      expect(await problemOf(refused)).toMatchObject({ code: "CONFLICT", detail: expect.stringContaining(`${MAX}`) });
      expect(await stockOf(LAMP)).toBe(5);
    }
    expect((await setStock(type, MAX - 5)).status).toBe(200);
    expect((await take(asAda, path, "cancel")).status).toBe(200);
    expect(await stockOf(LAMP)).toBe(MAX);
    // The product can still be changed.
    for (const body of [{ name: "Torch" }, { stock: MAX - 1 }, { stock: MAX }]) {
      expect((await patch(asStella, PATH, MERGE_PATCH, body, { "If-Match": "*" })).status).toBe(200);
    }
  });

  it("units of paid orders count, units of shipped and refunded orders do not", async () => {
    const shipped = await placed(asAda, [{ product_id: LAMP, quantity: 1 }]);
    const refunded = await placed(asAda, [{ product_id: LAMP, quantity: 2 }]);
    const paid = await placed(asAda, [{ product_id: LAMP, quantity: 3 }]);
    for (const { path } of [shipped, refunded, paid]) await take(asAda, path, "pay");
    await take(asStella, shipped.path, "ship");
    await take(asStella, refunded.path, "refund");
    expect((await setStock(type, MAX - 2)).status).toBe(409);
    expect((await setStock(type, MAX - 3)).status).toBe(200);
    expect((await take(asAda, paid.path, "cancel")).status).toBe(200);
    expect(await stockOf(LAMP)).toBe(MAX);
  });

  it("an order placed between the read and the batch counts", async () => {
    let isOrdered = false;
    const slow = startService({
      as: principalOf(stella),
      dependencies: {
        async faults(point) {
          if (point !== "before-batch" || isOrdered) return;
          isOrdered = true;
          await placed(asAda, [{ product_id: LAMP, quantity: 1 }]);
        },
      },
    });
    const body = type === MERGE_PATCH ? { stock: MAX } : [{ op: "replace", path: "/stock", value: MAX }];
    const headers = { "If-Match": "*", "Idempotency-Key": crypto.randomUUID() };
    expect((await patch(slow, PATH, type, body, headers)).status).toBe(412);
    expect(await stockOf(LAMP)).toBe(9);
  });

  it("stock above the maximum is 422", async () => {
    expect((await setStock(type, MAX + 1)).status).toBe(422);
    expect((await setStock(type, MAX)).status).toBe(200);
  });
});

it("units of an expired order return to stock up to the maximum", async () => {
  await placed(asAda, [{ product_id: LAMP, quantity: 5 }]);
  expect((await setStock(MERGE_PATCH, MAX - 5)).status).toBe(200);
  await tick(START + 30 * 60_000);
  expect(await stockOf(LAMP)).toBe(MAX);
  const read = await asStella.fetch(PATH);
  const etag = header(read, "ETag");
  expect((await patch(asStella, PATH, MERGE_PATCH, { name: "Torch" }, { "If-Match": etag })).status).toBe(200);
});

it("an order of the maximum stock can be placed, cancelled and placed again", async () => {
  expect((await setStock(MERGE_PATCH, MAX)).status).toBe(200);
  for (let round = 0; round < 2; round += 1) {
    const { path } = await placed(asAda, [{ product_id: LAMP, quantity: 99 }]);
    expect(await stockOf(LAMP)).toBe(MAX - 99);
    await take(asAda, path, "pay");
    expect((await take(asStella, path, "cancel")).status).toBe(200);
    expect(await stockOf(LAMP)).toBe(MAX);
  }
});

it("a new product has at most the maximum", async () => {
  expect((await post(asStella, { ...INPUT, stock: MAX })).status).toBe(201);
  expect((await post(asStella, { ...INPUT, stock: MAX + 1 })).status).toBe(422);
});

describe("the database refuses", () => {
  it.each([
    ["more than the maximum", `UPDATE products SET stock = ${MAX + 1}`],
    ["stock without room for open orders", `UPDATE products SET stock = ${MAX - 1}`],
    [
      "a new product with more than the maximum",
      `INSERT INTO products SELECT 99, 'prod_x', name, '', category, brand, 1, 'USD', ${MAX + 1}, 1, 1, 1, NULL FROM products`,
    ],
  ])("%s", async (_, statement) => {
    await placed(asAda, [{ product_id: LAMP, quantity: 2 }]);
    await expect(env.DB.prepare(statement).run()).rejects.toThrow(/SQLITE_CONSTRAINT/);
    expect(await stockOf(LAMP)).toBe(8);
  });
});

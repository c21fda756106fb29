/** Requests that write, and writes that are refused. */
import { env } from "cloudflare:workers";
import { type Ask, asking, type Scenario, type Stage } from "../../budgets/stage.ts";
import { ada, insertPeople, person, principalOf } from "../../features/accounts/people.ts";
import { makeKey } from "../../features/credentials/api-keys/keys.ts";
import { WEB } from "../../features/credentials/oauth-clients/clients.ts";
import { MERGE_PATCH } from "../../support/requests.ts";
import { addressId } from "../addresses/homes.ts";
import { freshKey, insertProduct, orderId, productId } from "../orders/shop.ts";
import { changeRow } from "../products/catalogue.ts";
import { INPUT, makeProduct } from "../support/products.ts";
import type { Write } from "./budgets.ts";

const RENAMED = { name: "Walnut desk lamp" };

type Call = readonly [path: string, init: RequestInit];

function posting(path: string, body: unknown, headers: Record<string, string> = {}): Call {
  const type = { "Content-Type": "application/json" };
  return [path, { method: "POST", headers: { ...type, ...headers }, body: JSON.stringify(body) }];
}

function patching(path: string, body: unknown, headers: Record<string, string>): Call {
  const type = { "Content-Type": MERGE_PATCH };
  return [path, { method: "PATCH", headers: { ...type, ...headers }, body: JSON.stringify(body) }];
}

function deleting(path: string, tag: string): Call {
  return [path, { method: "DELETE", headers: { "If-Match": tag } }];
}

function ordering(key: string, quantity = 1, numbers: readonly number[] = [11, 12]): Call {
  const items = numbers.map((number) => ({ product_id: productId(number), quantity }));
  return posting("/v1/orders", { items, address_id: addressId(1) }, { "Idempotency-Key": key });
}

/** Starts a request that never completes, in a service whose calls are not counted. */
async function carryOut(call: Call, { start }: Stage): Promise<void> {
  const { promise: isUnderWay, resolve } = Promise.withResolvers<void>();
  const slow = await start({
    as: principalOf(ada),
    bindings: env,
    dependencies: {
      async faults(point) {
        if (point !== "before-batch") return;
        resolve();
        await new Promise<never>(() => {});
      },
    },
  });
  void slow.fetch(...call);
  await isUnderWay;
}

/**
 * A transition of an order with adjacent rows. Random ids would change the count: a scan also reads the row after its
 * range.
 */
function step(name: "pay" | "cancel", number: number): Scenario {
  const path = `/v1/orders/${orderId(number)}/${name}`;
  return async ({ customer }) => asking(customer, ...posting(path, {}, { "Idempotency-Key": freshKey() }));
}

/** A change of a new product with headers built from its tag. */
function change(headersFor: (etag: string) => Record<string, string>, status: number): Scenario {
  return async ({ staff }) => {
    const { path, etag } = await makeProduct(staff);
    return asking(staff, ...patching(path, RENAMED, headersFor(etag)), status);
  };
}

async function replaying({ customer }: Stage, quantity: number, status: number): Promise<Ask> {
  const key = freshKey();
  await customer.fetch(...ordering(key));
  return asking(customer, ...ordering(key, quantity), status);
}

export const writes: Readonly<Record<Write, Scenario>> = {
  "create a product": async ({ staff }) => asking(staff, ...posting("/v1/products", INPUT), 201),
  "create a product, with an idempotency key": async ({ staff }) =>
    asking(staff, ...posting("/v1/products", INPUT, { "Idempotency-Key": freshKey() }), 201),
  "change a product": change((etag) => ({ "If-Match": etag }), 200),
  "change a product with an old ETag, 412": change(() => ({ "If-Match": '"stale"' }), 412),
  "change a product without an ETag, 428": change(() => ({}), 428),
  "change a product, lost race, 412": async ({ staff, tally }) => {
    const { path, etag, product } = await makeProduct(staff);
    tally.beforeBatch(() => changeRow(product.id, "name", "Changed"));
    return asking(staff, ...patching(path, RENAMED, { "If-Match": etag }), 412);
  },
  "delete a product": async ({ staff }) => {
    const { path, etag } = await makeProduct(staff);
    return asking(staff, ...deleting(path, etag), 204);
  },
  "change a role": async ({ admin }) => {
    await insertPeople(person(1001));
    return asking(admin, ...patching(`/v1/users/${person(1001).id}`, { role: "staff" }, { "If-Match": "*" }));
  },
  "delete a user": async ({ admin }) => {
    await insertPeople(person(1002));
    return asking(admin, ...deleting(`/v1/users/${person(1002).id}`, "*"), 204);
  },
  "create an API key": async ({ customer }) =>
    asking(customer, ...posting("/v1/api-keys", { name: "Import", scopes: ["orders:read"] }), 201),
  "rotate an API key": async ({ customer }) => {
    const { path } = await makeKey(customer);
    return asking(customer, ...posting(`${path}/rotate`, {}));
  },
  "create an OAuth client": async ({ admin }) => asking(admin, ...posting("/v1/oauth-clients", WEB), 201),
  "place an order": async ({ customer }) => asking(customer, ...ordering(freshKey()), 201),
  "the replay of an order": (stage) => replaying(stage, 1, 201),
  "the same key with another order, 422": (stage) => replaying(stage, 2, 422),
  "the same order while the first runs, 409": async (stage) => {
    const call = ordering(freshKey());
    await carryOut(call, stage);
    return asking(stage.customer, ...call, 409);
  },
  "place an order, out of stock, 409": async ({ customer }) => {
    await insertProduct(2001, { stock: 1 });
    return asking(customer, ...ordering(freshKey(), 2, [2001]), 409);
  },
  "place an order while its price changes": async ({ customer, tally }) => {
    const id = await insertProduct(2002);
    tally.beforeBatch(() => changeRow(id, "price_amount", 2000));
    return asking(customer, ...ordering(freshKey(), 1, [2002]), 201);
  },
  "pay an order": step("pay", 31),
  "cancel an order": step("cancel", 33),
};

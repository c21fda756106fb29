/** An order keeps its content from the time of placing when its address, its products or its owner change. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { OrderStatus, OrderStep } from "#store/orders/states.ts";
import {
  ada,
  anton,
  bob,
  everythingStored,
  insertPeople,
  principalOf,
  serviceFor,
  stella,
} from "../../features/accounts/people.ts";
import { makeClient, SERVICE } from "../../features/credentials/oauth-clients/clients.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch } from "../../support/requests.ts";
import { START, startService } from "../../support/service.ts";
import { addressId, home, insertHomes, makeAddress } from "../addresses/homes.ts";
import { tick } from "../support/clock.ts";
import { emptyPeople } from "../support/people.ts";
import {
  emptyShop,
  insertOrders,
  insertProduct,
  type Order,
  orderId,
  place,
  placed,
  productId,
  SHIPPING_ADDRESS,
  stored,
  take,
} from "./shop.ts";

const LAMP = productId(1);
const asAda = serviceFor(ada);
const asStella = serviceFor(stella);
const asAnton = serviceFor(anton);
const ALL = "include=user,address,items.product";

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, bob, stella, anton);
  await insertHomes(home(1, ada.id), home(2, bob.id));
  await insertProduct(1, { stock: 10 });
});

async function read(path: string, service = asStella): Promise<Order> {
  const response = await service.fetch(path);
  expect(response.status).toBe(200);
  return response.json();
}

async function deleteUser(id: string): Promise<void> {
  const response = await asAnton.fetch(`/v1/users/${id}`, { method: "DELETE", headers: { "If-Match": "*" } });
  expect(response.status).toBe(204);
}

describe("the shipping address", () => {
  it("is a copy with every member of the address", async () => {
    const { address } = await makeAddress(asAda, { line2: "Apt 7" });
    const { order } = await placed(asAda, [{ product_id: LAMP, quantity: 1 }], address.id);
    const { id, user_id, created_at, updated_at, ...copied } = await (
      await asAda.fetch(`/v1/addresses/${address.id}`)
    ).json<Record<string, string>>();
    expect([id, user_id, created_at, updated_at]).not.toContain(undefined);
    expect(order.shipping_address).toEqual(copied);
    expect(copied).toMatchObject({ line2: "Apt 7", region: "NM" });
  });

  it.each([MERGE_PATCH, JSON_PATCH])(
    "is unaffected when the owner changes the address by %s at any time",
    async (type) => {
      const change =
        type === MERGE_PATCH
          ? { line1: "9 Elsewhere", city: "Atlantis" }
          : [
              { op: "replace", path: "/line1", value: "9 Elsewhere" },
              { op: "replace", path: "/city", value: "Atlantis" },
            ];
      const { path } = await placed(asAda, [{ product_id: LAMP, quantity: 1 }]);
      const etag = header(await asAda.fetch(path), "ETag");
      const changed = await patch(asAda, `/v1/addresses/${addressId(1)}`, type, change, { "If-Match": "*" });
      expect(changed.status).toBe(200);
      expect((await read(path)).shipping_address).toEqual(SHIPPING_ADDRESS);
      expect(header(await asAda.fetch(path), "ETag")).toBe(etag);
      expect(await (await take(asAda, path, "pay")).json()).toMatchObject({ shipping_address: SHIPPING_ADDRESS });
      expect(await (await take(asStella, path, "ship")).json()).toMatchObject({ shipping_address: SHIPPING_ADDRESS });
      // The next order copies the changed address.
      const next = await placed(asAda, [{ product_id: LAMP, quantity: 1 }]);
      expect(next.order.shipping_address).toMatchObject({ line1: "9 Elsewhere", city: "Atlantis" });
    },
  );

  it("remains when the address is deleted, and `include` shows the current address", async () => {
    const { path, order } = await placed(asAda, [{ product_id: LAMP, quantity: 1 }]);
    const gone = await asAda.fetch(`/v1/addresses/${addressId(1)}`, {
      method: "DELETE",
      headers: { "If-Match": "*" },
    });
    expect(gone.status).toBe(204);
    const left = await read(`${path}?${ALL}`);
    expect(left).toMatchObject({ address_id: order.address_id, shipping_address: SHIPPING_ADDRESS });
    expect(left).not.toHaveProperty("address");
    for (const [service, step] of [
      [asAda, "pay"],
      [asStella, "ship"],
      [asStella, "deliver"],
      [asStella, "refund"],
    ] as const) {
      expect(await (await take(service, path, step)).json()).toMatchObject({ shipping_address: SHIPPING_ADDRESS });
    }
  });

  it("is read again if the address changes while the order is placed", async () => {
    let isChanged = false;
    const service = startService({
      as: principalOf(ada),
      dependencies: {
        async faults(point) {
          if (point !== "before-batch" || isChanged) return;
          isChanged = true;
          await env.DB.prepare("UPDATE addresses SET line1 = 'New 2', version = version + 1 WHERE id = ?")
            .bind(addressId(1))
            .run();
        },
      },
    });
    const { order, path } = await placed(service, [{ product_id: LAMP, quantity: 1 }]);
    expect(order.shipping_address?.["line1"]).toBe("New 2");
    expect((await read(path)).shipping_address).toEqual(order.shipping_address);
  });

  it("is 422 if the address is deleted while the order is placed", async () => {
    const service = startService({
      as: principalOf(ada),
      dependencies: {
        async faults(point) {
          if (point !== "before-batch") return;
          await env.DB.prepare("UPDATE addresses SET deleted_at = 5, version = version + 1 WHERE id = ?")
            .bind(addressId(1))
            .run();
        },
      },
    });
    expect((await place(service, [{ product_id: LAMP, quantity: 1 }], addressId(1))).status).toBe(422);
  });
});

describe("the names of products", () => {
  it("remain when products are renamed and deleted", async () => {
    const { path, order } = await placed(asAda, [{ product_id: LAMP, quantity: 1 }]);
    expect(order.items[0]?.product_name).toBe("Lamp 1");
    const renamed = await patch(asStella, `/v1/products/${LAMP}`, MERGE_PATCH, { name: "Torch" }, { "If-Match": "*" });
    expect(renamed.status).toBe(200);
    expect((await read(path)).items[0]?.product_name).toBe("Lamp 1");
    const gone = await asStella.fetch(`/v1/products/${LAMP}`, { method: "DELETE", headers: { "If-Match": "*" } });
    expect(gone.status).toBe(204);
    for (const target of [path, `${path}?${ALL}`]) expect((await read(target)).items).toEqual(order.items);
    const list = await asStella.fetch(`/v1/orders?${ALL}`);
    expect((await list.json<{ data: Order[] }>()).data[0]?.items).toEqual(order.items);
    expect((await take(asAda, path, "pay")).status).toBe(200);
    expect((await take(asStella, path, "ship")).status).toBe(200);
  });

  it("are read again if a product is renamed while the order is placed", async () => {
    let isChanged = false;
    const service = startService({
      as: principalOf(ada),
      dependencies: {
        async faults(point) {
          if (point !== "before-batch" || isChanged) return;
          isChanged = true;
          await env.DB.prepare("UPDATE products SET name = 'Torch', version = version + 1").run();
        },
      },
    });
    const { order, path } = await placed(service, [{ product_id: LAMP, quantity: 1 }]);
    expect(order.items[0]?.product_name).toBe("Torch");
    expect((await read(path)).items).toEqual(order.items);
  });
});

describe("the deletion of an account", () => {
  const TRACE = "Xyzzy";
  const STATES: readonly OrderStatus[] = ["placed", "paid", "shipped", "delivered", "cancelled", "refunded"];

  async function insertEach(userId: string, first: number): Promise<void> {
    await insertOrders(...STATES.map((status, index) => stored(first + index, userId, { status })));
  }

  it("removes the address from closed orders and keeps it in orders to be delivered", async () => {
    await insertEach(ada.id, 1);
    await insertEach(bob.id, 11);
    const tags = await Promise.all(
      STATES.map(async (_, index) => header(await asStella.fetch(`/v1/orders/${orderId(1 + index)}`), "ETag")),
    );
    await deleteUser(ada.id);
    const kept: OrderStatus[] = [];
    for (const [index, status] of STATES.entries()) {
      const response = await asStella.fetch(`/v1/orders/${orderId(1 + index)}`);
      const order = await response.json<Order>();
      if (order.shipping_address !== undefined) kept.push(status);
      expect(order.items[0]?.product_name).toBe("Lamp 1");
      const isChanged = header(response, "ETag") !== tags[index];
      expect(isChanged, status).toBe(status !== "paid" && status !== "shipped");
      expect((await read(`/v1/orders/${orderId(11 + index)}`)).shipping_address).toEqual(SHIPPING_ADDRESS);
    }
    expect(kept).toEqual(["placed", "paid", "shipped"]);
  });

  const LAST_STEPS: readonly (readonly [OrderStatus, readonly OrderStep[]])[] = [
    ["paid", ["ship", "deliver"]],
    ["paid", ["cancel"]],
    ["paid", ["refund"]],
    ["shipped", ["deliver"]],
    ["shipped", ["refund"]],
  ];

  it.each(LAST_STEPS)("keeps the address of a %s order until %j closes it", async (status, steps) => {
    await insertOrders(stored(1, ada.id, { status }));
    await deleteUser(ada.id);
    const path = `/v1/orders/${orderId(1)}`;
    expect((await read(path)).shipping_address).toEqual(SHIPPING_ADDRESS);
    for (const [index, step] of steps.entries()) {
      const response = await take(asStella, path, step);
      const order = await response.json<Order>();
      expect(order.shipping_address === undefined, step).toBe(index === steps.length - 1);
      const after = await asStella.fetch(path);
      expect(await after.json()).toEqual(order);
      expect(header(after, "ETag")).toBe(header(response, "ETag"));
    }
  });

  it("cancels an unpaid order at once and removes its address", async () => {
    await env.DB.prepare("UPDATE addresses SET name = ? WHERE id = ?").bind(TRACE, addressId(1)).run();
    const { path } = await placed(asAda, [{ product_id: LAMP, quantity: 4 }]);
    await deleteUser(ada.id);
    await tick(START);
    const ended = await read(path);
    expect([ended.status, ended.shipping_address]).toEqual(["cancelled", undefined]);
    expect(JSON.stringify(await everythingStored())).not.toContain(TRACE);
  });

  it("leaves no address behind if it happens during the delivery of an order", async () => {
    await insertOrders(stored(1, ada.id, { status: "shipped" }));
    const slow = startService({
      as: principalOf(stella),
      dependencies: {
        async faults(point) {
          if (point === "before-batch") await deleteUser(ada.id);
        },
      },
    });
    const delivered = await take(slow, `/v1/orders/${orderId(1)}`, "deliver");
    const { status, shipping_address } = await delivered.json<Order>();
    expect([status, shipping_address]).toEqual(["delivered", undefined]);
    expect((await read(`/v1/orders/${orderId(1)}`)).shipping_address).toBeUndefined();
  });

  it("keeps product names, prices, amounts and ids, which the accounts of the store need", async () => {
    await insertOrders(stored(1, ada.id, { status: "delivered" }));
    const before = await read(`/v1/orders/${orderId(1)}`);
    await deleteUser(ada.id);
    const after = await read(`/v1/orders/${orderId(1)}`);
    expect(after).toEqual({ ...before, shipping_address: undefined, updated_at: new Date(START).toISOString() });
    const { results } = await env.DB.prepare("SELECT user_id FROM ledger_entries").all();
    expect(results).toEqual([{ user_id: ada.id }]);
  });
});

describe("the deletion of a client with an account", () => {
  it("has the same effects on the orders of that account", async () => {
    const made = await makeClient(asAnton, SERVICE);
    const accountId = made.client.account_id ?? "";
    await insertHomes(home(50, accountId));
    await insertOrders(stored(1, accountId, { status: "delivered" }), stored(2, accountId, { status: "paid" }));
    const gone = await asAnton.fetch(made.path, { method: "DELETE", headers: { "If-Match": made.etag } });
    expect(gone.status).toBe(204);
    expect((await read(`/v1/orders/${orderId(1)}`)).shipping_address).toBeUndefined();
    expect((await read(`/v1/orders/${orderId(2)}`)).shipping_address).toEqual(SHIPPING_ADDRESS);
  });
});

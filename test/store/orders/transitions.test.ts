/** Transitions of an order over HTTP: who may make which in which state, what they write, and concurrent ones. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { ORDER_STATUSES, ORDER_STEPS, type OrderStatus, type OrderStep, statusAfter } from "#store/orders/states.ts";
import {
  ada,
  anton,
  bob,
  insertPeople,
  lastRoundTrips,
  principalOf,
  serviceFor,
  stella,
} from "../../features/accounts/people.ts";
import { header, problemOf } from "../../support/requests.ts";
import { ORIGIN, START, startService } from "../../support/service.ts";
import { home, insertHomes } from "../addresses/homes.ts";
import { emptyPeople } from "../support/people.ts";
import {
  emptyShop,
  insertOrders,
  insertProduct,
  type Order,
  orderId,
  placed,
  productId,
  shopState,
  stockOf,
  stored,
  take,
} from "./shop.ts";

const LAMP = productId(1);
const PATH = `/v1/orders/${orderId(1)}`;
const asAda = serviceFor(ada);
const asBob = serviceFor(bob);
const asStella = serviceFor(stella);

const BY: Readonly<Record<OrderStep, typeof asAda>> = {
  pay: asAda,
  ship: asStella,
  deliver: asStella,
  cancel: asAda,
  refund: asStella,
};

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, bob, stella, anton);
  await insertHomes(home(1, ada.id), home(2, bob.id));
  await insertProduct(1, { stock: 10 });
});

const PAIRS: readonly (readonly [OrderStatus, OrderStep])[] = ORDER_STATUSES.flatMap((status) =>
  ORDER_STEPS.map((step) => [status, step] as const),
);

describe("a transition", () => {
  it.each(PAIRS)("from %s: %s", async (status, step) => {
    await insertOrders(stored(1, ada.id, { status }));
    const before = await shopState();
    const next = statusAfter(status, step);
    const response = await take(BY[step], PATH, step);
    if (next === undefined) {
      expect(response.status).toBe(409);
      expect(await problemOf(response)).toMatchObject({ code: "INVALID_TRANSITION" });
      expect(await shopState()).toEqual(before);
      return;
    }
    expect(response.status).toBe(200);
    const order = await response.json<Order>();
    expect(order).toMatchObject({ status: next, updated_at: new Date(START).toISOString() });
    const read = await BY[step].fetch(PATH);
    expect(await read.json()).toEqual(order);
    expect(header(read, "ETag")).toBe(header(response, "ETag"));
    expect(await stockOf(LAMP)).toBe(next === "cancelled" ? 11 : 10);
  });

  it("leads through all states at two round trips each", async () => {
    const { path } = await placed(asAda, [{ product_id: LAMP, quantity: 4 }]);
    const tags = new Set<string>();
    for (const step of ["pay", "ship", "deliver", "refund"] as const) {
      const response = await take(BY[step], path, step);
      expect(response.status).toBe(200);
      expect(lastRoundTrips(BY[step])).toBe(2);
      tags.add(header(response, "ETag"));
    }
    expect(tags.size).toBe(4);
    expect(await stockOf(LAMP)).toBe(6);
    const row = await env.DB.prepare("SELECT status, version FROM orders").first();
    expect(row).toEqual({ status: "refunded", version: 5 });
  });

  it("returns the units of a cancelled order for each product that still exists", async () => {
    await insertProduct(2, { stock: 5 });
    const items = [
      { product_id: LAMP, quantity: 4 },
      { product_id: productId(2), quantity: 5 },
    ];
    const { path } = await placed(asAda, items);
    await env.DB.prepare("UPDATE products SET deleted_at = 9 WHERE id = ?").bind(productId(2)).run();
    expect((await take(asAda, path, "cancel")).status).toBe(200);
    expect(await stockOf(LAMP)).toBe(10);
    expect(await stockOf(productId(2))).toBe(0);
  });

  it("needs no body and ignores one", async () => {
    await insertOrders(stored(1, ada.id));
    const response = await asAda.fetch(`${PATH}/cancel`, {
      method: "POST",
      body: '{"status":"delivered"}',
      headers: { "Content-Type": "application/json" },
    });
    expect(await response.json()).toMatchObject({ status: "cancelled" });
  });

  it("applies to the state that If-Match names", async () => {
    await insertOrders(stored(1, ada.id));
    const etag = header(await asAda.fetch(PATH), "ETag");
    expect((await take(asAda, PATH, "pay", { "If-Match": '"a"' })).status).toBe(412);
    const paid = await take(asAda, PATH, "pay", { "If-Match": etag });
    expect(paid.status).toBe(200);
    const stale = await take(asAda, PATH, "cancel", { "If-Match": etag });
    expect(stale.status).toBe(412);
    expect((await take(asAda, PATH, "cancel", { "If-Match": header(paid, "ETag") })).status).toBe(200);
  });

  it.each(["If-Match", "If-Unmodified-Since"])(
    "is refused if the state that %s names changes in the meantime",
    async (name) => {
      await insertOrders(stored(1, ada.id));
      const read = await asAda.fetch(PATH);
      const value = header(read, name === "If-Match" ? "ETag" : "Last-Modified");
      const isOvertaken = Promise.withResolvers<void>();
      const overtaken = startService({
        as: principalOf(ada),
        dependencies: {
          async faults(point) {
            if (point !== "before-batch") return;
            const later = startService({ as: principalOf(ada) });
            later.advance(5000);
            expect((await take(later, PATH, "pay")).status).toBe(200);
            isOvertaken.resolve();
          },
        },
      });
      const cancelled = await take(overtaken, PATH, "cancel", { [name]: value });
      await isOvertaken.promise;
      expect(cancelled.status).toBe(412);
      expect(await (await asAda.fetch(PATH)).json()).toMatchObject({ status: "paid" });
    },
  );
});

describe("OWASP 5 a transition is", () => {
  const ALLOWED: readonly (readonly [string, typeof asAda, readonly OrderStep[]])[] = [
    ["the owner's", asAda, ["pay", "cancel"]],
    ["staff's", asStella, ["ship", "deliver", "cancel", "refund"]],
    ["an admin's", serviceFor(anton), ["ship", "deliver", "cancel", "refund"]],
  ];
  const cells = ALLOWED.flatMap(([who, service, steps]) =>
    ORDER_STEPS.map((step) => ({ who, service, step, isAllowed: steps.includes(step) })),
  );

  it.each(cells)("$who: $step", async ({ service, step, isAllowed }) => {
    await insertOrders(stored(1, ada.id, { status: "shipped" }));
    const before = await shopState();
    const { status } = await take(service, PATH, step);
    if (isAllowed) expect([200, 409]).toContain(status);
    else {
      expect(status).toBe(403);
      expect(await shopState()).toEqual(before);
    }
  });

  it("hidden or forbidden for other customers: 404 for an owner's transitions, 403 for those of staff", async () => {
    await insertOrders(stored(1, ada.id));
    const statuses = await Promise.all(ORDER_STEPS.map(async (step) => (await take(asBob, PATH, step)).status));
    expect(statuses).toEqual([404, 403, 403, 404, 403]);
  });

  it("refused without a token and without the write scope", async () => {
    await insertOrders(stored(1, ada.id));
    for (const step of ORDER_STEPS) {
      expect((await take(startService(), PATH, step)).status).toBe(401);
      const response = await take(serviceFor(ada, { scopes: ["orders:read"] }), PATH, step);
      expect(response.status).toBe(403);
    }
  });

  it("404 for a missing order", async () => {
    expect((await take(asStella, PATH, "ship")).status).toBe(404);
    expect((await take(asStella, "/v1/orders/nonsense", "ship")).status).toBe(404);
    expect((await asAda.fetch(`${PATH}/explode`, { method: "POST" })).status).toBe(404);
    expect((await asAda.fetch(`${PATH}/pay`)).status).toBe(405);
    expect((await asAda.fetch(PATH, { method: "DELETE" })).status).toBe(405);
  });
});

describe("concurrent transitions", { timeout: 60_000 }, () => {
  it("exactly one of twenty payments succeeds, and the others get the state", async () => {
    await insertOrders(stored(1, ada.id));
    const answers = await Promise.all(Array.from({ length: 20 }, () => take(asAda, PATH, "pay")));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(await problemOf(answer)).toMatchObject({ code: "INVALID_TRANSITION" });
    }
    expect(await env.DB.prepare("SELECT version FROM orders").first()).toEqual({ version: 2 });
  });

  it("repeated cancellations return the units once", async () => {
    const { path } = await placed(asAda, [{ product_id: LAMP, quantity: 4 }]);
    await Promise.all(Array.from({ length: 10 }, () => take(asAda, path, "cancel")));
    expect(await stockOf(LAMP)).toBe(10);
  });

  it("the second of two different transitions applies to the result of the first", async () => {
    for (let round = 1; round <= 5; round += 1) {
      await insertOrders(stored(round, ada.id, { status: "paid" }));
      const path = `/v1/orders/${orderId(round)}`;
      const [shipped, cancelled, refunded] = await Promise.all([
        take(asStella, path, "ship"),
        take(asAda, path, "cancel"),
        take(asStella, path, "refund"),
      ]);
      const present = (await (await asAda.fetch(path)).json<Order>()).status;
      expect([shipped.status, cancelled.status].sort()).not.toEqual([200, 200]);
      expect(cancelled.status === 200).toBe(present === "cancelled");
      expect(refunded.status === 200).toBe(present === "refunded");
      for (const { status } of [shipped, cancelled, refunded]) expect([200, 409]).toContain(status);
    }
  });
});

describe("HAL offers exactly the transitions that the caller may make now", () => {
  const STEPS_OF: readonly (readonly [string, typeof asAda, readonly OrderStep[]])[] = [
    ["the owner", asAda, ["pay", "cancel"]],
    ["staff", asStella, ["ship", "deliver", "cancel", "refund"]],
    ["an owner with the read scope only", serviceFor(ada, { scopes: ["orders:read"] }), []],
  ];
  const cells = STEPS_OF.flatMap(([who, service, may]) =>
    ORDER_STATUSES.map((status) => ({
      who,
      status,
      service,
      steps: may.filter((step) => statusAfter(status, step) !== undefined),
    })),
  );

  it.each(cells)("$who, $status: $steps", async ({ status, service, steps }) => {
    await insertOrders(stored(1, ada.id, { status }));
    const headers = { Accept: "application/hal+json" };
    const href = (path: string) => ({ href: `${ORIGIN}${path}` });
    const links = { self: href(PATH), ...Object.fromEntries(steps.map((step) => [step, href(`${PATH}/${step}`)])) };
    const { _links } = await (await service.fetch(PATH, { headers })).json<{ _links: unknown }>();
    expect(_links).toEqual(links);
    const list = await (await service.fetch("/v1/orders", { headers })).json<{
      _embedded: { orders: readonly { _links: unknown }[] };
    }>();
    expect(list._embedded.orders[0]?._links).toEqual(links);
  });

  it("in the response to a transition too", async () => {
    await insertOrders(stored(1, ada.id));
    const response = await take(asAda, PATH, "pay", { Accept: "application/hal+json" });
    expect(Object.keys((await response.json<{ _links: object }>())._links)).toEqual(["self", "cancel"]);
    const read = await asAda.fetch(PATH, { headers: { Accept: "application/hal+json" } });
    expect(header(read, "ETag")).toBe(header(response, "ETag"));
  });

  it("C09 has one tag per set of links, and one tag for JSON, which has no links", async () => {
    await insertOrders(stored(1, ada.id));
    const tagOf = async (service: typeof asAda, type: string) =>
      header(await service.fetch(PATH, { headers: { Accept: type } }), "ETag");
    const reader = serviceFor(ada, { scopes: ["orders:read"] });
    expect(await tagOf(reader, "application/hal+json")).not.toBe(await tagOf(asAda, "application/hal+json"));
    expect(await tagOf(reader, "application/json")).toBe(await tagOf(asAda, "application/json"));
    const again = serviceFor(ada);
    expect(await tagOf(again, "application/hal+json")).toBe(await tagOf(asAda, "application/hal+json"));
  });
});

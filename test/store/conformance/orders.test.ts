/**
 * Orders over HTTP: representations, methods, links, ownership, and what remains when the owner deletes the account.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { ORDER_STEPS } from "#store/orders/states.ts";
import { ada, bob, insertPeople, lastRoundTrips, serviceFor, stella } from "../../features/accounts/people.ts";
import { linksOf } from "../../support/lists.ts";
import { header, problemOf } from "../../support/requests.ts";
import { ORIGIN, type Service, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import {
  emptyShop,
  insertOrders,
  insertProduct,
  type Order,
  orderId,
  placed,
  productId,
  SHIPPING_ADDRESS,
  shopState,
  stored,
  take,
} from "../orders/shop.ts";
import { emptyPeople } from "../support/people.ts";

const PATH = "/v1/orders";
const asAda = serviceFor(ada);
const LAMP = { product_id: productId(1), quantity: 2 };

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, bob, stella);
  await insertHomes(home(1, ada.id), home(2, bob.id));
  await insertProduct(1);
});

describe("one order", () => {
  it("C01 has validators, is private, and returns 304 for one round trip", async () => {
    const { path, etag } = await placed(asAda, [LAMP]);
    const response = await asAda.fetch(path);
    expect(header(response, "ETag")).toBe(etag);
    expect(header(response, "Cache-Control")).toBe("private, no-cache, no-transform");
    expect(header(response, "Vary")).toBe("Accept, Authorization, Origin");
    expect(lastRoundTrips(asAda)).toBe(1);
    expect((await asAda.fetch(path, { headers: { "If-None-Match": etag } })).status).toBe(304);
    expect(header(await serviceFor(stella).fetch(path), "ETag")).not.toBe(etag);
  });

  it("E10 E01 is available in three formats and with selected fields", async () => {
    const { path, order } = await placed(asAda, [LAMP]);
    const { id, ...attributes } = order;
    const self = ORIGIN + path;
    const as = async (type: string) => (await asAda.fetch(path, { headers: { Accept: type } })).json();
    expect(await as("application/json")).toEqual(order);
    expect(await as("application/hal+json")).toMatchObject({ ...order, _links: { self: { href: self } } });
    expect(await as("application/vnd.api+json")).toMatchObject({
      data: { type: "orders", id, attributes, links: { self } },
    });
    expect(await (await asAda.fetch(`${path}?fields=status`)).json()).toEqual({ id, status: "placed" });
    expect((await asAda.fetch(`${path}?fields=version`)).status).toBe(400);
  });

  it("G08 allows exactly these methods", async () => {
    const { path } = await placed(asAda, [LAMP]);
    const allowOf = async (target: string) => header(await asAda.fetch(target, { method: "OPTIONS" }), "Allow");
    expect(await allowOf(path)).toBe("GET, HEAD, OPTIONS");
    expect(await allowOf(PATH)).toBe("GET, HEAD, POST, OPTIONS");
    for (const step of ORDER_STEPS) expect(await allowOf(`${path}/${step}`)).toBe("POST, OPTIONS");
    for (const method of ["PUT", "PATCH", "DELETE"]) expect((await asAda.fetch(path, { method })).status).toBe(405);
  });
});

describe("the list", () => {
  it("D03 has the same links in the header and the body", async () => {
    for (let count = 0; count < 5; count += 1) await placed(asAda, [LAMP]);
    const first = await asAda.fetch(`${PATH}?limit=2&sort=total&include=user`);
    const body = await first.json<{ page: { next: string; prev: null } }>();
    const links = linksOf(first);
    expect(links["next"]).toContain(`cursor=${body.page.next}`);
    expect(links["next"]).toContain("include=user");
    expect(links).not.toHaveProperty("prev");
    const second = await (await asAda.fetch(links["next"] ?? "")).json();
    expect(second).toMatchObject({ data: [{ user: { id: ada.id } }, { user: { id: ada.id } }], page: { limit: 2 } });
  });

  it("D09 is an empty page for a caller without orders", async () => {
    await placed(asAda, [LAMP]);
    const none = await (await serviceFor(bob).fetch(PATH)).json();
    expect(none).toEqual({ data: [], page: { next: null, prev: null, has_more: false, limit: 20 } });
  });

  it("D08 accepts one way of paging at a time", async () => {
    for (const query of ["page=1&cursor=a", "snapshot=a", "page=1&facets=status"]) {
      const response = await serviceFor(stella).fetch(`${PATH}?${query}`);
      expect(await problemOf(response)).toMatchObject({ status: 400, code: "INVALID_PARAMETER" });
    }
  });

  it("J01 requires a token with the scope", async () => {
    for (const method of ["GET", "POST"]) {
      const response = await startService().fetch(PATH, { method });
      expect(response.status).toBe(401);
      expect(header(response, "WWW-Authenticate")).not.toContain("error=");
    }
    const response = await serviceFor(ada, { scopes: ["users:read"] }).fetch(PATH);
    expect(header(response, "WWW-Authenticate")).toContain('error="insufficient_scope", scope="orders:read"');
  });
});

/** The whole response except the values that identify the request. */
async function shown(service: Service, path: string, init: RequestInit) {
  const response = await service.fetch(path, init);
  const own = ["x-correlation-id", "traceparent"];
  const text = await response.text();
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !own.includes(name)),
    body: text.replaceAll(header(response, "X-Correlation-Id"), "ID").replaceAll(/ord_\w{26}/g, "ORDER"),
    roundTrips: lastRoundTrips(service),
  };
}

describe("G12 another user's order equals a missing one in every byte and in its cost", () => {
  const own = `${PATH}/${orderId(1)}`;
  const missing = `${PATH}/${orderId(99)}`;

  it.each<readonly [string, string, (etag: string) => RequestInit]>([
    ["GET", "", () => ({})],
    ["GET with includes", "?include=user,address,items.product", () => ({})],
    ["HEAD", "", () => ({ method: "HEAD" })],
    ["GET with the tag", "", (etag) => ({ headers: { "If-None-Match": etag } })],
    ["GET as HAL", "", () => ({ headers: { Accept: "application/hal+json" } })],
    ["pay", "/pay", () => ({ method: "POST", headers: { "Idempotency-Key": "a" } })],
    ["pay with the tag", "/pay", (etag) => ({ method: "POST", headers: { "If-Match": etag, "Idempotency-Key": "b" } })],
    ["cancel", "/cancel", () => ({ method: "POST" })],
    ["cancel with a stale tag", "/cancel", () => ({ method: "POST", headers: { "If-Match": '"a"' } })],
  ])("%s", async (_, suffix, init) => {
    await insertOrders(stored(1, bob.id, { addressId: addressId(2) }));
    const etag = header(await serviceFor(bob).fetch(own), "ETag");
    const before = await shopState();
    const theirs = await shown(asAda, own + suffix, init(etag));
    expect(theirs.status).toBe(404);
    expect(theirs).toEqual(await shown(asAda, missing + suffix, init(etag)));
    expect(await shopState()).toEqual(before);
  });
});

describe("a deleted account", () => {
  it("leaves its paid orders, which keep only the shipping address and can still be shipped", async () => {
    const { path } = await placed(asAda, [LAMP]);
    const order = await (await take(asAda, path, "pay")).json<Order>();
    const gone = await asAda.fetch(`/v1/users/${ada.id}`, { method: "DELETE", headers: { "If-Match": "*" } });
    expect(gone.status).toBe(204);
    const asStella = serviceFor(stella);
    const left = await asStella.fetch(`${path}?include=user,address`);
    const text = await left.clone().text();
    expect(await left.json()).toEqual(order);
    expect(order.shipping_address).toEqual(SHIPPING_ADDRESS);
    expect(text).not.toContain(ada.name);
    expect((await take(asStella, path, "ship")).status).toBe(200);
  });
});

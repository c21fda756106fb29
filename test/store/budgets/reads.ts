/** Requests that read. */

import { asking, type Scenario, type Stage } from "../../budgets/stage.ts";
import { header } from "../../support/requests.ts";
import type { Service } from "../../support/service.ts";
import { orderId } from "../orders/shop.ts";
import { idOf } from "../products/catalogue.ts";
import { list } from "../products/walk.ts";
import type { Read } from "./budgets.ts";

const PRODUCTS = "/v1/products?limit=20";
const PRODUCT = `/v1/products/${idOf(7)}`;
const NOTHING_FOUND = "/v1/products?filter[brand]=nobody";
const ORDER = `/v1/orders/${orderId(1)}`;
const ORDERS = "/v1/orders?limit=20";
const INCLUDE = "include=user,address,items.product";

type Caller = keyof Pick<Stage, "anonymous" | "customer" | "staff">;

function get(path: string, caller: Caller = "customer", status = 200): Scenario {
  return async (stage) => asking(stage[caller], path, {}, status);
}

/** Sends the same request `times` times first, so that it is cached. */
function again(path: string, caller: Caller, times = 1): Scenario {
  return async (stage) => {
    for (let count = 0; count < times; count += 1) await stage[caller].fetch(path);
    return asking(stage[caller], path);
  };
}

/** The edge has the response, which was validated `milliseconds` ago. */
function later(path: string, milliseconds: number): Scenario {
  return async ({ start }) => {
    const anonymous = await start();
    await anonymous.fetch(path);
    anonymous.advance(milliseconds);
    return asking(anonymous, path);
  };
}

/** Another isolate of the location has served the response for a while. */
function elsewhere(path: string): Scenario {
  return async ({ start }) => {
    const location = crypto.randomUUID();
    const [first, second] = [await start({ location }), await start({ location })];
    for (let count = 0; count < 3; count += 1) await first.fetch(path);
    first.advance(1_000);
    second.advance(1_000);
    await first.fetch(path);
    return asking(second, path);
  };
}

/** With the current tag. */
function unchanged(path: string, caller: Caller = "customer"): Scenario {
  return async (stage) => asking(stage[caller], path, withTag(await tagOf(stage[caller], path)), 304);
}

/** With an old tag. */
function changed(path: string): Scenario {
  return async ({ customer }) => asking(customer, path, withTag('"of-before"'));
}

async function tagOf(service: Service, path: string): Promise<string> {
  return header(await service.fetch(path), "ETag");
}

function withTag(tag: string): RequestInit {
  return { headers: { "If-None-Match": tag } };
}

export const reads: Readonly<Record<Read, Scenario>> = {
  "`/livez`": get("/livez"),
  "`/readyz`": get("/readyz", "anonymous"),
  "`/health`": get("/health", "staff"),
  "a page of the documentation": get("/docs", "anonymous"),
  "the OpenAPI document": get("/openapi.json", "anonymous"),
  OPTIONS: async ({ anonymous }) => asking(anonymous, PRODUCT, { method: "OPTIONS" }, 204),
  "one product, anonymous": get(PRODUCT, "anonymous"),
  "the same product again": again(PRODUCT, "anonymous"),
  "the same product a third time": again(PRODUCT, "anonymous", 2),
  "one product, anonymous, 304": unchanged(PRODUCT, "anonymous"),
  "the same product, in a new isolate": elsewhere(PRODUCT),
  "a page of 20 products, anonymous": get(PRODUCTS, "anonymous"),
  "the same page again": again(PRODUCTS, "anonymous"),
  "the same page, in a new isolate": elsewhere(PRODUCTS),
  "the same page, stale": later(PRODUCTS, 3_000),
  "the same page, expired": later(PRODUCTS, 6_000),
  "the same page, 304": unchanged(PRODUCTS, "anonymous"),
  "one product": get(PRODUCT),
  "one product, 304": unchanged(PRODUCT),
  "a product that does not exist, 404": get("/v1/products/prod_01hk2nvj80e8ev3rx1q7t4d6zz", "customer", 404),
  "a page of 20 products": get(PRODUCTS),
  "a page of 100 products": get("/v1/products?limit=100"),
  "the next page": async ({ customer }) => {
    const { page } = await list(customer, { limit: 20 });
    return asking(customer, `${PRODUCTS}&cursor=${page.next}`);
  },
  "a page with a filter": get(`${PRODUCTS}&filter[brand]=acme`),
  "a page with search": get(`${PRODUCTS}&q=walnut`),
  "a page with facets": get(`${PRODUCTS}&facets=category,brand`),
  "a page with search, filter and facets": get(`${PRODUCTS}&q=walnut&filter[category]=tents,cameras&facets=brand`),
  "an empty page": get(NOTHING_FOUND),
  "an empty page with facets": get(`${NOTHING_FOUND}&facets=brand`),
  "a list, 304": unchanged(PRODUCTS),
  "a conditional list that changed": changed(PRODUCTS),
  "a conditional empty list that changed": changed(NOTHING_FOUND),
  "the first page of a snapshot": get(`${PRODUCTS}&page=1`, "staff"),
  "a later page of the snapshot": async ({ staff }) => {
    const { page } = await list(staff, { limit: 20, page: 1 });
    return asking(staff, `${PRODUCTS}&page=2&snapshot=${page.snapshot}`);
  },
  "a user": get("/v1/users/me"),
  "a user, 304": unchanged("/v1/users/me"),
  "a page of 20 users": get("/v1/users?limit=20", "staff"),
  "a page of addresses": get("/v1/addresses"),
  "an order": get(ORDER),
  "an order, 304": unchanged(ORDER),
  "another account's order, 404": get(`/v1/orders/${orderId(2)}`, "customer", 404),
  "an order with `include`": get(`${ORDER}?${INCLUDE}`),
  "an order with `include`, 304": unchanged(`${ORDER}?${INCLUDE}`),
  "a page of 20 orders": get(ORDERS),
  "a page of 20 orders with `include`": get(`${ORDERS}&${INCLUDE}`),
  "a page of orders, 304": unchanged(ORDERS),
};

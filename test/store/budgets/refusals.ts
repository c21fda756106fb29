/** Requests that are refused before any platform call. */

import { asking, type Scenario, type Stage } from "../../budgets/stage.ts";
import { idOf } from "../products/catalogue.ts";
import type { Refusal } from "./budgets.ts";

const PRODUCTS = "/v1/products";
const PRODUCT = `${PRODUCTS}/${idOf(7)}`;

type Caller = keyof Pick<Stage, "anonymous" | "customer" | "staff">;

function refused(status: number, path: string, init: RequestInit = {}, caller: Caller = "customer"): Scenario {
  return async (stage) => asking(stage[caller], path, init, status);
}

function posting(body: string, type = "application/json"): RequestInit {
  return { method: "POST", headers: { "Content-Type": type }, body };
}

export const refusals: Readonly<Record<Refusal, Scenario>> = {
  "unknown path, 404": refused(404, "/v1/nothing"),
  "unsupported method, 405": refused(405, PRODUCT, { method: "PUT" }),
  "missing token, 401": refused(401, "/v1/orders", {}, "anonymous"),
  "malformed token, 401": refused(401, PRODUCTS, { headers: { Authorization: "Bearer a.b.c" } }, "anonymous"),
  "forbidden, 403": refused(403, PRODUCTS, posting("{}")),
  "unsupported format, 406": refused(406, PRODUCTS, { headers: { Accept: "text/csv" } }),
  "unsupported content type, 415": refused(415, PRODUCTS, posting("a", "text/plain"), "staff"),
  "malformed id, 404": refused(404, `${PRODUCTS}/1`),
  "invalid parameter, 400": refused(400, `${PRODUCTS}?limit=0`),
  "invalid sort, 400": refused(400, `${PRODUCTS}?sort=stock`),
  "invalid cursor, 400": refused(400, `${PRODUCTS}?cursor=AAAA`),
  "a snapshot for a customer, 403": refused(403, `${PRODUCTS}?page=1`),
  "missing idempotency key, 400": refused(400, "/v1/orders", posting("{}")),
  "invalid body, 422": refused(422, PRODUCTS, posting("{}"), "staff"),
};

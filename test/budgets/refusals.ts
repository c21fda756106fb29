/** Requests that are refused before anything is done for them. */
import { idOf } from "../store/products/catalogue.ts";
import type { Refusal } from "./budgets.ts";
import { asking, type Scenario, type Stage } from "./stage.ts";

const PRODUCTS = "/v1/products";
const PRODUCT = `${PRODUCTS}/${idOf(7)}`;

type Who = keyof Pick<Stage, "anybody" | "customer" | "staff">;

function refused(status: number, path: string, init: RequestInit = {}, who: Who = "customer"): Scenario {
  return async (stage) => asking(stage[who], path, init, status);
}

function posting(body: string, type = "application/json"): RequestInit {
  return { method: "POST", headers: { "Content-Type": type }, body };
}

export const refusals: Readonly<Record<Refusal, Scenario>> = {
  "no such path, 404": refused(404, "/v1/nothing"),
  "no such method, 405": refused(405, PRODUCT, { method: "PUT" }),
  "no credentials, 401": refused(401, "/v1/orders", {}, "anybody"),
  "no token, 401": refused(401, PRODUCTS, { headers: { Authorization: "Bearer a.b.c" } }, "anybody"),
  "not permitted, 403": refused(403, PRODUCTS, posting("{}")),
  "no such format, 406": refused(406, PRODUCTS, { headers: { Accept: "text/csv" } }),
  "no such content type, 415": refused(415, PRODUCTS, posting("a", "text/plain"), "staff"),
  "no such id, 404": refused(404, `${PRODUCTS}/1`),
  "a bad parameter, 400": refused(400, `${PRODUCTS}?limit=0`),
  "a bad sort, 400": refused(400, `${PRODUCTS}?sort=stock`),
  "a bad cursor, 400": refused(400, `${PRODUCTS}?cursor=AAAA`),
  "a frozen view for a customer, 403": refused(403, `${PRODUCTS}?page=1`),
  "no idempotency key, 400": refused(400, "/v1/orders", posting("{}")),
  "an invalid body, 422": refused(422, PRODUCTS, posting("{}"), "staff"),
};

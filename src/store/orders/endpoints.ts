/** The endpoints of orders. Each transition of an order is an endpoint without a body. */
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { IdempotencyPolicy } from "#core/contract/policy.ts";
import {
  EXAMPLE_INPUT,
  OrderInput,
  OrderListQuery,
  OrderParams,
  OrderQuery,
  OrderResource,
  stepParams,
} from "./contract.ts";
import { listOrders, readOrder, relatedToOrders, validateOrders } from "./list.ts";
import { placeOrder } from "./place.ts";
import type { OrderStep } from "./states.ts";
import { currentOrder, takeStep } from "./transitions.ts";

const TAG = "Orders";

const OWN = { scope: "private", freshForSeconds: 0 } as const;

interface Step {
  readonly summary: string;
  readonly description: string;
  /** A transition that moves money requires an idempotency key, so that a retry never moves it twice. */
  readonly idempotency: IdempotencyPolicy;
}

const STEPS: Readonly<Record<OrderStep, Step>> = {
  pay: {
    summary: "Pay an order",
    description:
      "Pays your order in full before it expires. Only the owner can pay for an order. Requires the scope `orders:write`.",
    idempotency: "required",
  },
  ship: {
    summary: "Ship an order",
    description: "Marks a paid order as shipped. Requires the scope `orders:write` and a staff account.",
    idempotency: "honoured",
  },
  deliver: {
    summary: "Deliver an order",
    description: "Marks a shipped order as delivered. Requires the scope `orders:write` and a staff account.",
    idempotency: "honoured",
  },
  cancel: {
    summary: "Cancel an order",
    description:
      "Cancels an unshipped order, returns its items to stock and refunds any payment. You can cancel your own orders; staff can cancel any order. Requires the scope `orders:write`.",
    idempotency: "honoured",
  },
  refund: {
    summary: "Refund an order",
    description:
      "Refunds the payment of a paid, shipped or delivered order. The stock does not change: staff adjust it when items come back. Requires the scope `orders:write` and a staff account.",
    idempotency: "required",
  },
};

function stepEndpoint(step: OrderStep): Endpoint {
  const { summary, description, idempotency } = STEPS[step];
  return endpoint({
    contract: {
      operationId: `${step}Order`,
      method: "POST",
      path: `/v1/orders/{id}/${step}`,
      tag: TAG,
      summary,
      description,
      params: stepParams(step),
      success: { kind: "resource", status: 200, resource: OrderResource },
      problems: ["invalid-transition"],
    },
    policy: {
      access: { action: step, subject: "orders" },
      cache: "no-store",
      limit: { cost: "write" },
      precondition: "none",
      idempotency,
    },
    current: currentOrder,
    handler: takeStep(step),
  });
}

export const orderEndpoints = [
  endpoint({
    contract: {
      operationId: "listOrders",
      method: "GET",
      path: "/v1/orders",
      tag: TAG,
      summary: "List orders",
      description:
        "Pages through your orders by cursor. Staff see the orders of all users, and can also page by number through a snapshot. Requires the scope `orders:read`.",
      query: OrderListQuery,
      success: { kind: "list", status: 200, resource: OrderResource, facets: [] },
      problems: ["invalid-cursor", "cursor-expired", "snapshot-expired"],
    },
    policy: {
      access: { action: "list", subject: "orders" },
      cache: OWN,
      limit: { cost: "list" },
      precondition: "none",
      idempotency: "none",
    },
    validator: validateOrders,
    related: relatedToOrders,
    handler: listOrders,
  }),
  endpoint({
    contract: {
      operationId: "createOrder",
      method: "POST",
      path: "/v1/orders",
      tag: TAG,
      summary: "Place an order",
      description:
        "Places an order for your account at current prices. If any item is out of stock, nothing is ordered. The order keeps copies of the address and the product names. It expires unless it is paid before `expires_at`. Returns 409 `conflict` if your unpaid orders, or all unpaid orders of a product, would have too many units. Requires the scope `orders:write`.",
      body: { kind: "json", schema: OrderInput, example: EXAMPLE_INPUT },
      success: { kind: "resource", status: 201, resource: OrderResource },
      problems: ["out-of-stock", "conflict"],
    },
    policy: {
      access: { action: "create", subject: "orders" },
      cache: "no-store",
      limit: { cost: "write" },
      precondition: "none",
      idempotency: "required",
    },
    handler: placeOrder,
  }),
  endpoint({
    contract: {
      operationId: "readOrder",
      method: "GET",
      path: "/v1/orders/{id}",
      tag: TAG,
      summary: "Read an order",
      description:
        "Returns one of your orders. Staff can read all orders. Requires the scope `orders:read` or `orders:write`.",
      params: OrderParams,
      query: OrderQuery,
      success: { kind: "resource", status: 200, resource: OrderResource },
    },
    policy: {
      access: { action: "read", subject: "orders" },
      cache: OWN,
      limit: { cost: "read" },
      precondition: "none",
      idempotency: "none",
    },
    related: relatedToOrders,
    handler: readOrder,
  }),
  stepEndpoint("pay"),
  stepEndpoint("ship"),
  stepEndpoint("deliver"),
  stepEndpoint("cancel"),
  stepEndpoint("refund"),
];

/** The operations on orders. Each step of an order's life is one, without a body. */
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
  /** What moves money happens once, whatever is sent again. */
  readonly idempotency: IdempotencyPolicy;
}

const STEPS: Readonly<Record<OrderStep, Step>> = {
  pay: {
    summary: "Pay an order",
    description: "Pays the whole of your own order, before it expires. Needs the scope `orders:write`.",
    idempotency: "required",
  },
  ship: {
    summary: "Ship an order",
    description: "Sends out an order that was paid for. For staff, with the scope `orders:write`.",
    idempotency: "honoured",
  },
  deliver: {
    summary: "Deliver an order",
    description: "Notes that a shipped order has arrived. For staff, with the scope `orders:write`.",
    idempotency: "honoured",
  },
  cancel: {
    summary: "Cancel an order",
    description:
      "Cancels an unshipped order: its units return to stock, and what was paid is refunded. Your own order; for staff, any order. Needs the scope `orders:write`.",
    idempotency: "honoured",
  },
  refund: {
    summary: "Refund an order",
    description:
      "Refunds what was paid, whether or not the order was shipped. Nothing returns to stock: staff count what comes back. For staff, with the scope `orders:write`.",
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
        "Pages through one's own orders by cursor; for staff, everybody's, and by number through a frozen view, too. Needs the scope `orders:read`.",
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
        "Orders products for yourself, at their current prices and out of their current stock: all of it or nothing. The order copies the address and the names of the products, and expires unless it is paid in time. 409 `conflict` when too many units would be in unpaid orders. Needs the scope `orders:write`.",
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
      description: "One of one's own orders; for staff, anybody's. Needs the scope `orders:read`.",
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

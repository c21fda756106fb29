/** The endpoints of orders. Each transition of an order is an endpoint without a body. */
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { IdempotencyPolicy } from "#core/contract/policy.ts";
import { listDefinitionOf, listHandlersOf } from "#features/resources/collections/list.ts";
import { operationsOf } from "#features/resources/collections/operations.ts";
import { writePolicy } from "#features/resources/policies.ts";
import { orderCollection, RELATED } from "./collection.ts";
import { EXAMPLE_INPUT, OrderResource, stepParams } from "./contract.ts";
import { bytesOf } from "./order.ts";
import { placeOrder } from "./place.ts";
import { OUT_OF_STOCK } from "./problem-types.ts";
import type { OrderStep } from "./states.ts";
import { takeStep } from "./transitions.ts";

const TAG = "Orders";

const ORDER = operationsOf({
  collection: orderCollection,
  path: "/v1/orders",
  tag: TAG,
  one: "an order",
  many: "orders",
  exampleFields: ["id", "status", "total"],
  related: RELATED,
});

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
    policy: { ...writePolicy(step, "orders"), idempotency },
    current: ORDER.current,
    handler: takeStep(step),
  });
}

export const orderEndpoints = [
  ORDER.list(
    "Pages through your orders by cursor. Staff see the orders of all users, and can also page by number through a snapshot. Requires the scope `orders:read`.",
    { handlers: listHandlersOf({ ...listDefinitionOf(orderCollection), bytesOf }) },
  ),
  ORDER.create(
    "Places an order for your account at current prices. If any item is out of stock, nothing is ordered. The order keeps copies of the address and the product names. It expires unless it is paid before `expires_at`. Returns 409 `conflict` if your unpaid orders, or all unpaid orders of a product, would have too many units. Requires the scope `orders:write`.",
    {
      summary: "Place an order",
      problems: [OUT_OF_STOCK, "conflict"],
      example: EXAMPLE_INPUT,
      idempotency: "required",
      handler: placeOrder,
    },
  ),
  ORDER.read(
    "Returns one of your orders. Staff can read all orders. Requires the scope `orders:read` or `orders:write`.",
  ),
  stepEndpoint("pay"),
  stepEndpoint("ship"),
  stepEndpoint("deliver"),
  stepEndpoint("cancel"),
  stepEndpoint("refund"),
];

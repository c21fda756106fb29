/** The wire format of orders. */
import { z } from "@hono/zod-openapi";
import { describeMember } from "#core/contract/member.ts";
import { defineResource, type Relation } from "#core/contract/resource.ts";
import { UserResource } from "#features/accounts/contract.ts";
import {
  idMember,
  idSchema,
  lineSchema,
  moneySchema,
  sumSchema,
  timestampSchema,
} from "#features/resources/members.ts";
import { EXAMPLE_INPUT as ADDRESS_EXAMPLE, AddressInput, AddressResource } from "#store/addresses/contract.ts";
import { ProductResource } from "#store/products/contract.ts";
import { ORDER_STATUSES, ORDER_STEPS, type OrderStep, statusAfter } from "./states.ts";

export const MAX_ITEMS = 30;
const MAX_QUANTITY = 99;
const MAX_PRICE = 100_000_000;

/** Orders of the demo data's first user, so that every example works unchanged. */
const EXAMPLE_ID = "ord_01jpfej0zjeqdr3kd02w78vgfx";
const STEP_EXAMPLES: Readonly<Record<OrderStep, string>> = {
  pay: "ord_01hymqgr8rfcebjf3qbvg62172",
  ship: "ord_01kvhvrkvfeh7s6dwzdr9t199s",
  deliver: "ord_01kw5tvs00fxkarv4b9zpbqvag",
  cancel: "ord_01k7mh8bnmfc79dftfjnhnscz0",
  refund: "ord_01jnac46wye87s9vq9h9mqspr5",
};

const productId = idSchema("prod", ProductResource.example.id).openapi({
  description: "The id of the product.",
});
const addressId = idSchema("addr", AddressResource.example.id).openapi({
  description: "The id of the address that the order is shipped to.",
});

const quantity = z
  .int({ error: "must be a whole number" })
  .min(1, { error: "must be at least 1" })
  .max(MAX_QUANTITY, { error: `must not exceed ${MAX_QUANTITY}` })
  .openapi({ format: "int32", example: 1, description: "The number of units." });

/** The items to order. The service sets the prices. */
export const OrderInput = z
  .strictObject({
    items: z
      .array(z.strictObject({ product_id: productId, quantity }).openapi("OrderItemInput"))
      .min(1, { error: "must have at least one item" })
      .max(MAX_ITEMS, { error: `may have at most ${MAX_ITEMS} items` })
      .superRefine((items, context) => {
        for (const [index, { product_id }] of items.entries()) {
          if (items.findIndex((item) => item.product_id === product_id) === index) continue;
          const message = "is the product of an earlier item: list each product once and set its quantity";
          context.addIssue({ code: "custom", path: [index, "product_id"], message });
        }
      })
      .openapi({ description: "The items to order. Each product appears once." }),
    address_id: addressId,
  })
  .openapi("OrderInput");

/** A copy of the address from when the order was placed. */
const ShippingAddressSchema = z.strictObject(AddressInput.shape).openapi("ShippingAddress", {
  description: "Where an order is sent. A copy, which later changes of the address do not affect.",
});

const OrderItemSchema = z
  .strictObject({
    product_id: productId,
    product_name: lineSchema({ min: 1, max: 200, example: ProductResource.example.name }).openapi({
      description: "The product's name when the order was placed.",
    }),
    quantity,
    unit_price: describeMember(moneySchema({ max: MAX_PRICE }), "The price of one unit when the order was placed."),
    line_total: describeMember(
      sumSchema({ max: MAX_ITEMS * MAX_QUANTITY * MAX_PRICE }),
      "The unit price times the quantity.",
    ),
  })
  .openapi("OrderItem");

const total = sumSchema({ max: MAX_ITEMS * MAX_QUANTITY * MAX_PRICE });

export const OrderSchema = z
  .strictObject({
    id: idMember("order", "ord", EXAMPLE_ID),
    user_id: idSchema("user", UserResource.example.id).openapi({
      description: "The account that placed the order.",
    }),
    address_id: addressId,
    shipping_address: describeMember(
      ShippingAddressSchema,
      "A copy of the address from when the order was placed. Absent if the account is deleted and the order is closed.",
    ).optional(),
    status: z.enum(ORDER_STATUSES).openapi({ example: "placed", description: "The state of the order." }),
    items: z.array(OrderItemSchema).min(1).max(MAX_ITEMS).openapi({
      description: "The ordered items. Each product appears once.",
    }),
    total: describeMember(total, "The sum of all line totals."),
    amount_paid: describeMember(total, "The sum of the payments."),
    amount_refunded: describeMember(total, "The sum of the refunds."),
    expires_at: timestampSchema("2025-03-16T12:53:45.906Z")
      .openapi({
        description:
          "The order is cancelled unless it is paid before this time. Present only while the order is `placed`.",
      })
      .optional(),
    created_at: timestampSchema("2025-03-16T12:23:45.906Z").openapi({
      description: "When the order was placed.",
    }),
    updated_at: timestampSchema("2025-03-16T12:23:45.906Z").openapi({
      description: "When the order last changed.",
    }),
  })
  .openapi("Order");

export type Order = z.output<typeof OrderSchema>;

export const EXAMPLE_INPUT: z.input<typeof OrderInput> = {
  items: [{ product_id: ProductResource.example.id, quantity: 2 }],
  address_id: AddressResource.example.id,
};

const RELATIONS: readonly Relation[] = [
  { path: "user", name: "user", key: "user_id", resource: UserResource },
  { path: "address", name: "address", key: "address_id", resource: AddressResource },
  { path: "items.product", name: "products", key: "product_id", resource: ProductResource },
];

export const OrderResource = defineResource({
  name: "Order",
  collection: "orders",
  owner: "user_id",
  schema: OrderSchema,
  example: {
    id: EXAMPLE_ID,
    user_id: UserResource.example.id,
    address_id: AddressResource.example.id,
    shipping_address: ADDRESS_EXAMPLE,
    status: "placed",
    items: [
      {
        product_id: "prod_01jj9sxbjge2t9ws5947t7v315",
        product_name: "Ironmarrow Bistro 30 cm Polished Cast Iron Skillet",
        quantity: 1,
        unit_price: { amount: 10_995, currency: "USD" },
        line_total: { amount: 10_995, currency: "USD" },
      },
      {
        product_id: "prod_01jd76w6gee748nfhvfp3wgt15",
        product_name: "Klackwerth Serif Full Mechanical Keyboard, Oat",
        quantity: 4,
        unit_price: { amount: 20_900, currency: "USD" },
        line_total: { amount: 83_600, currency: "USD" },
      },
    ],
    total: { amount: 94_595, currency: "USD" },
    amount_paid: { amount: 0, currency: "USD" },
    amount_refunded: { amount: 0, currency: "USD" },
    created_at: "2025-03-16T12:23:45.906Z",
    updated_at: "2025-03-16T12:23:45.906Z",
  },
  path: (orderId) => `/v1/orders/${orderId}`,
  relations: RELATIONS,
  hasDeadlines: true,
  transitions: ORDER_STEPS.map((step) => ({
    action: step,
    isPossible: ({ status, expires_at }, now) =>
      ORDER_STATUSES.some((known) => known === status && statusAfter(known, step)) &&
      !(step === "pay" && hasExpired(expires_at, now)),
    path: (orderId) => `/v1/orders/${orderId}/${step}`,
  })),
});

/** Whether the payment deadline (`expires_at`) has passed. An order without a deadline can be paid at any time. */
export function hasExpired(expiresAt: unknown, now: number): boolean {
  return typeof expiresAt === "string" && Date.parse(expiresAt) <= now;
}

/** The parameters of a transition. The example is an order that allows it. */
export function stepParams(step: OrderStep) {
  return z.object({ id: idSchema("ord", STEP_EXAMPLES[step]) });
}

/** What we promise of orders on the wire. */
import { z } from "@hono/zod-openapi";
import {
  fieldsParameter,
  includeParameter,
  listParameter,
  pagingParameters,
  sortParameter,
  textParameter,
} from "#core/contract/parameters.ts";
import { defineResource, type Relation } from "#core/contract/resource.ts";
import { UserResource } from "#features/accounts/contract.ts";
import { idSchema, moneySchema, sumSchema, timestampSchema } from "#features/resources/members.ts";
import { AddressResource } from "#store/addresses/contract.ts";
import { ProductResource } from "#store/products/contract.ts";
import { ORDER_STATUSES, ORDER_STEPS, type OrderStep, statusAfter } from "./states.ts";

export const SORT_KEYS = ["created_at", "total"] as const;
export type SortName = (typeof SORT_KEYS)[number];

/** Few enough that the largest page of orders stays under 1 MB. */
export const MAX_ITEMS = 30;
const MAX_QUANTITY = 99;
const MAX_PRICE = 100_000_000;

/** Orders of the demo data's first user, so that every example can be tried as it stands. */
const EXAMPLE_ID = "ord_01jpfej0zjeqdr3kd02w78vgfx";
const STEP_EXAMPLES: Readonly<Record<OrderStep, string>> = {
  pay: "ord_01hymqgr8rfcebjf3qbvg62172",
  ship: "ord_01kvhvrkvfeh7s6dwzdr9t199s",
  deliver: "ord_01kw5tvs00fxkarv4b9zpbqvag",
  cancel: "ord_01k7mh8bnmfc79dftfjnhnscz0",
  refund: "ord_01jnac46wye87s9vq9h9mqspr5",
};

const productId = idSchema("prod", ProductResource.example.id);
const addressId = idSchema("addr", AddressResource.example.id);

const quantity = z
  .int({ error: "must be a whole number" })
  .min(1, { error: "must be at least 1" })
  .max(MAX_QUANTITY, { error: `must not exceed ${MAX_QUANTITY}` })
  .openapi({ format: "int32", example: 1 });

/** What is to be ordered. Prices are the service's to know. */
export const OrderInput = z
  .strictObject({
    items: z
      .array(z.strictObject({ product_id: productId, quantity }).openapi("OrderItemInput"))
      .min(1, { error: "must have at least one item" })
      .max(MAX_ITEMS, { error: `may have at most ${MAX_ITEMS} items` })
      .superRefine((items, context) => {
        for (const [index, { product_id }] of items.entries()) {
          if (items.findIndex((item) => item.product_id === product_id) === index) continue;
          const message = "is that of an earlier item: a product stands once in an order, with its quantity";
          context.addIssue({ code: "custom", path: [index, "product_id"], message });
        }
      })
      .openapi({ description: "Each product once." }),
    address_id: addressId,
  })
  .openapi("OrderInput");

const OrderItemSchema = z
  .strictObject({
    product_id: productId,
    quantity,
    unit_price: moneySchema({ max: MAX_PRICE }),
    line_total: sumSchema({ max: MAX_ITEMS * MAX_QUANTITY * MAX_PRICE }),
  })
  .openapi("OrderItem");

export const OrderSchema = z
  .strictObject({
    id: idSchema("ord", EXAMPLE_ID),
    user_id: idSchema("user", UserResource.example.id),
    address_id: addressId,
    status: z.enum(ORDER_STATUSES).openapi({ example: "placed", description: "How far the order has come." }),
    items: z.array(OrderItemSchema).min(1).max(MAX_ITEMS),
    total: sumSchema({ max: MAX_ITEMS * MAX_QUANTITY * MAX_PRICE }),
    created_at: timestampSchema("2025-03-16T12:23:45.906Z"),
    updated_at: timestampSchema("2025-03-16T12:23:45.906Z"),
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
    status: "placed",
    items: [
      {
        product_id: "prod_01jj9sxbjge2t9ws5947t7v315",
        quantity: 1,
        unit_price: { amount: 10_995, currency: "USD" },
        line_total: { amount: 10_995, currency: "USD" },
      },
      {
        product_id: "prod_01jd76w6gee748nfhvfp3wgt15",
        quantity: 4,
        unit_price: { amount: 20_900, currency: "USD" },
        line_total: { amount: 83_600, currency: "USD" },
      },
    ],
    total: { amount: 94_595, currency: "USD" },
    created_at: "2025-03-16T12:23:45.906Z",
    updated_at: "2025-03-16T12:23:45.906Z",
  },
  path: (orderId) => `/v1/orders/${orderId}`,
  relations: RELATIONS,
  transitions: ORDER_STEPS.map((step) => ({
    action: step,
    isPossible: ({ status }) => ORDER_STATUSES.some((known) => known === status && statusAfter(known, step)),
    path: (orderId) => `/v1/orders/${orderId}/${step}`,
  })),
});

export const OrderParams = z.object({ id: idSchema("ord", EXAMPLE_ID) });

/** The parameters of a step, with the example of an order that it can be taken with. */
export function stepParams(step: OrderStep) {
  return z.object({ id: idSchema("ord", STEP_EXAMPLES[step]) });
}

const fields = fieldsParameter(OrderSchema, ["id", "status", "total"]);

const include = includeParameter(RELATIONS.map(({ path }) => path));

export const OrderQuery = z.object({ fields: fields.optional(), include: include.optional() });

export const OrderListQuery = z.object({
  ...pagingParameters(),
  sort: sortParameter(SORT_KEYS).optional(),
  fields: fields.optional(),
  include: include.optional(),
  "filter[status]": listParameter({
    max: ORDER_STATUSES.length,
    description: "Only orders in one of these states.",
    example: ["placed", "paid"],
    values: ORDER_STATUSES,
  }).optional(),
  "filter[user_id]": textParameter({
    max: 64,
    description: "Only orders of this user, as far as they may be read.",
    example: UserResource.example.id,
  }).optional(),
});

export type OrderListParameters = z.output<typeof OrderListQuery>;

/** The wire format of products. */
import { z } from "@hono/zod-openapi";
import { describeMember } from "#core/contract/member.ts";
import { defineResource } from "#core/contract/resource.ts";
import { idMember, lineSchema, moneySchema, slugSchema, textSchema, timeMembers } from "#features/resources/members.ts";

export const FACETS = ["category", "brand"] as const;
export type FacetName = (typeof FACETS)[number];

export const MAX_PRICE = 100_000_000;

/**
 * The maximum of stock plus units in open orders, so that every cancellation fits. A database constraint enforces it
 * too.
 */
export const MAX_STOCK = 1_000_000_000;

const EXAMPLE_ID = "prod_01hk24mtj6fnka55e09a4btv9s";
const CREATED_AT = "2024-01-01T09:11:00.422Z";

/** The members that a client can write. */
export const ProductInput = z
  .strictObject({
    name: lineSchema({ min: 1, max: 200, example: "Ergovane Kern 65 Mechanical Keyboard, Retro Grey" }).openapi({
      description: "The name that customers see.",
    }),
    description: textSchema({
      min: 0,
      max: 2000,
      example: "Recycled ABS gives it the weight to stay where you put it.",
    }).openapi({
      description: "What customers read about the product. May be empty.",
    }),
    category: slugSchema("keyboards").openapi({
      description: "The id of the category, as in `filter[category]` and `GET /v1/categories`.",
    }),
    brand: slugSchema("ergovane").openapi({
      description: "The id of the brand, as in `filter[brand]` and `GET /v1/brands`.",
    }),
    price: describeMember(moneySchema({ max: MAX_PRICE }), "The price of one unit."),
    stock: z
      .int({ error: "must be a whole number" })
      .min(0, { error: "must not be negative" })
      .max(MAX_STOCK, { error: `must not exceed ${MAX_STOCK}` })
      .openapi({ format: "int32", example: 40, description: "Units that can be ordered." }),
  })
  .openapi("ProductInput");

export const ProductSchema = z
  .strictObject({
    id: idMember("product", "prod", EXAMPLE_ID),
    ...ProductInput.shape,
    ...timeMembers("product", CREATED_AT),
  })
  .openapi("Product");

export type Product = z.output<typeof ProductSchema>;

/** The first product of the demo catalogue, so that every example works unchanged. */
export const EXAMPLE_INPUT: z.input<typeof ProductInput> = {
  name: "Ergovane Kern 65 Mechanical Keyboard, Retro Grey",
  description:
    "A sensible first board that leaves room to tinker. South-facing lights shine through without making the desk look like an arcade. Recycled ABS gives it the weight to stay where you put it.",
  category: "keyboards",
  brand: "ergovane",
  price: { amount: 9999, currency: "USD" },
  stock: 61,
};

export const ProductResource = defineResource({
  name: "Product",
  collection: "products",
  schema: ProductSchema,
  example: {
    id: EXAMPLE_ID,
    ...EXAMPLE_INPUT,
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
  },
  path: (productId) => `/v1/products/${productId}`,
});

/** The wire format of products. */
import { z } from "@hono/zod-openapi";
import { describeMember } from "#core/contract/member.ts";
import {
  fieldsParameter,
  integerParameter,
  listParameter,
  pagingParameters,
  sortParameter,
  textParameter,
} from "#core/contract/parameters.ts";
import { defineResource } from "#core/contract/resource.ts";
import {
  idSchema,
  lineSchema,
  moneySchema,
  slugSchema,
  textSchema,
  timestampSchema,
} from "#features/resources/members.ts";

export const SORT_KEYS = ["created_at", "price", "name"] as const;
export const FACETS = ["category", "brand"] as const;
export type FacetName = (typeof FACETS)[number];

/**
 * The maximum of stock plus units in open orders, so that every cancellation fits. A database constraint enforces it
 * too.
 */
export const MAX_STOCK = 1_000_000_000;

const id = idSchema("prod", "prod_01hk24mtj6fnka55e09a4btv9s").openapi({
  description: "Identifies the product. The service assigns it, and it never changes.",
});

const writable = {
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
  price: describeMember(moneySchema({ max: 100_000_000 }), "The price of one unit."),
  stock: z
    .int({ error: "must be a whole number" })
    .min(0, { error: "must not be negative" })
    .max(MAX_STOCK, { error: `must not exceed ${MAX_STOCK}` })
    .openapi({ format: "int32", example: 40, description: "Units that can be ordered." }),
};

/** The members that a client can write. */
export const ProductInput = z.strictObject(writable).openapi("ProductInput");

export const ProductSchema = z
  .strictObject({
    id,
    ...writable,
    created_at: timestampSchema("2024-01-01T09:11:00.422Z").openapi({
      description: "When the product was created.",
    }),
    updated_at: timestampSchema("2024-01-01T09:11:00.422Z").openapi({
      description: "When the product last changed.",
    }),
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
    id: "prod_01hk24mtj6fnka55e09a4btv9s",
    ...EXAMPLE_INPUT,
    created_at: "2024-01-01T09:11:00.422Z",
    updated_at: "2024-01-01T09:11:00.422Z",
  },
  path: (productId) => `/v1/products/${productId}`,
});

export const ProductParams = z.object({ id });

const fields = fieldsParameter(ProductSchema, ["id", "name", "price"]);

export const ProductQuery = z.object({ fields: fields.optional() });

const price = (bound: string, example: number) =>
  integerParameter({
    min: 0,
    max: 100_000_000,
    description: `Only products that cost ${bound} this amount, in minor units.`,
    example,
  });

/** The length of the whole query is also limited. */
const MAX_ALTERNATIVES = 10;

export const ProductListQuery = z.object({
  ...pagingParameters(),
  sort: sortParameter(SORT_KEYS, "; with `q` and without `sort`, products whose name matches come first").optional(),
  fields: fields.optional(),
  q: textParameter({
    max: 200,
    description:
      "Full-text search. Every word must occur, and can be the start of a longer word. In JSON:API also `filter[q]`.",
    example: "mechanical key",
  }).optional(),
  facets: listParameter({
    max: FACETS.length,
    description:
      "Also count the products of each value. A count ignores the filter of its own facet and applies all others. In JSON:API also `facet_counts`.",
    example: ["category", "brand"],
    values: FACETS,
  }).optional(),
  "filter[category]": listParameter({
    max: MAX_ALTERNATIVES,
    description: "Only products in one of these categories.",
    example: ["keyboards"],
  }).optional(),
  "filter[brand]": listParameter({
    max: MAX_ALTERNATIVES,
    description: "Only products of one of these brands.",
    example: ["ergovane"],
  }).optional(),
  "filter[price][gte]": price("at least", 1000).optional(),
  "filter[price][lte]": price("at most", 50_000).optional(),
});

export type ProductListParameters = z.output<typeof ProductListQuery>;

/** What we promise of products on the wire. */
import { z } from "@hono/zod-openapi";
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

const id = idSchema("prod", "prod_01hk24mtj6fnka55e09a4btv9s");

const writable = {
  name: lineSchema({ min: 1, max: 200, example: "Ergovane Kern 65 Mechanical Keyboard, Retro Grey" }),
  description: textSchema({
    min: 0,
    max: 2000,
    example: "Recycled ABS gives it the weight to stay where you put it.",
  }),
  category: slugSchema("keyboards"),
  brand: slugSchema("ergovane"),
  price: moneySchema({ max: 100_000_000 }),
  stock: stockSchema(1_000_000_000),
};

function stockSchema(max: number) {
  return z
    .int({ error: "must be a whole number" })
    .min(0, { error: "must not be negative" })
    .max(max, { error: `must not exceed ${max}` })
    .openapi({ format: "int32", example: 40, description: "Units that can be ordered." });
}

/** What a client may set. */
export const ProductInput = z.strictObject(writable).openapi("ProductInput");

export const ProductSchema = z
  .strictObject({
    id,
    ...writable,
    // Cancelled orders give back to whatever was set meanwhile.
    stock: stockSchema(2_147_483_647),
    created_at: timestampSchema("2024-01-01T09:11:00.422Z"),
    updated_at: timestampSchema("2024-01-01T09:11:00.422Z"),
  })
  .openapi("Product");

export type Product = z.output<typeof ProductSchema>;

/** The first product of the demo catalogue, so that every example can be tried as it stands. */
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
    description: `Only products that cost ${bound} this, in minor units.`,
    example,
  });

/** Few enough that the longest list, with every character escaped and a cursor, keeps within a URL. */
const MAX_ALTERNATIVES = 10;

export const ProductListQuery = z.object({
  ...pagingParameters(),
  sort: sortParameter(
    SORT_KEYS,
    "; with `q`, products whose name matches come first unless a sort is given",
  ).optional(),
  fields: fields.optional(),
  q: textParameter({
    max: 200,
    description: "Full-text search: every word must occur, and may be the start of a longer one.",
    example: "mechanical key",
  }).optional(),
  facets: listParameter({
    max: FACETS.length,
    description: "Also count the products of each value. A facet's own filter does not count, all others do.",
    example: ["category", "brand"],
    values: FACETS,
  }).optional(),
  "filter[category]": listParameter({
    max: MAX_ALTERNATIVES,
    description: "Only products of one of these categories.",
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

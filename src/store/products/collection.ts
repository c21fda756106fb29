/** How products are stored, filtered and sorted. */
import { integerParameter, listParameter } from "#core/contract/parameters.ts";
import { defineCollection } from "#features/resources/collections/collection.ts";
import { storedMoney } from "#features/resources/collections/stored-member.ts";
import { products } from "#schema/products.ts";
import { MAX_PRICE, ProductInput, ProductResource } from "./contract.ts";

/** The length of the whole query is also limited. */
const MAX_ALTERNATIVES = 10;

const price = (bound: string, example: number) =>
  integerParameter({
    min: 0,
    max: MAX_PRICE,
    description: `Only products that cost ${bound} this amount, in minor units.`,
    example,
  });

export const productCollection = defineCollection({
  resource: ProductResource,
  idPrefix: "prod",
  table: products,
  input: ProductInput,
  stored: { price: storedMoney("price") },
  sortKeys: ["created_at", "price", "name"],
  filters: [
    {
      member: "category",
      operator: "one-of",
      parameter: listParameter({
        max: MAX_ALTERNATIVES,
        description: "Only products in one of these categories.",
        example: ["keyboards"],
      }),
    },
    {
      member: "brand",
      operator: "one-of",
      parameter: listParameter({
        max: MAX_ALTERNATIVES,
        description: "Only products of one of these brands.",
        example: ["ergovane"],
      }),
    },
    { member: "price", operator: "at-least", parameter: price("at least", 1000) },
    { member: "price", operator: "at-most", parameter: price("at most", 50_000) },
  ],
  hasSnapshots: true,
});

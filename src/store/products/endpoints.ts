/** The endpoints of products. */
import type { EdgePolicy } from "#core/contract/policy.ts";
import { operationsOf } from "#features/resources/collections/operations.ts";
import { productCollection } from "./collection.ts";
import { EXAMPLE_INPUT, FACETS } from "./contract.ts";
import { changeProduct } from "./handlers.ts";
import { LIST_PARAMETERS, productList } from "./list.ts";

/** Anonymous readers see a catalogue that is at most five seconds old, or five minutes while the database is down. */
const EDGE: EdgePolicy = { freshForSeconds: 1, staleWhileRevalidateSeconds: 4, staleIfErrorSeconds: 299 };

const PRODUCT = operationsOf({
  collection: productCollection,
  path: "/v1/products",
  tag: "Products",
  one: "a product",
  many: "products",
  exampleFields: ["id", "name", "price"],
  cache: { scope: "public", freshForSeconds: 0, edge: EDGE },
});

export const productEndpoints = [
  PRODUCT.list(
    "Pages through the catalogue by cursor. You can filter, sort and search the list and count its facets. Staff can also page by number through a snapshot.",
    { parameters: LIST_PARAMETERS, facets: FACETS, problems: ["forbidden"], handlers: productList },
  ),
  PRODUCT.create("Adds a product to the catalogue. Requires the scope `products:write` and a staff account.", {
    example: EXAMPLE_INPUT,
  }),
  PRODUCT.read("Returns one product. Send its `ETag` as `If-Match` to change or delete the product."),
  PRODUCT.change(
    "Applies a merge patch or a JSON Patch if the product's ETag still matches `If-Match`. The whole result is validated. A patch that changes nothing keeps the `ETag`. Requires the scope `products:write` and a staff account.",
    {
      examples: {
        merge: { price: { amount: 11_900, currency: "USD" }, stock: 25 },
        json: [
          { op: "test", path: "/price/currency", value: "USD" },
          { op: "replace", path: "/price/amount", value: 11_900 },
        ],
      },
      handler: changeProduct,
    },
  ),
  PRODUCT.delete(
    "Deletes the product if its ETag still matches `If-Match`. The id is never reused. Requires the scope `products:write` and a staff account.",
  ),
];

/** The endpoints of products. */
import { endpoint } from "#core/contract/endpoint.ts";
import type { EdgePolicy } from "#core/contract/policy.ts";
import {
  EXAMPLE_INPUT,
  FACETS,
  ProductInput,
  ProductListQuery,
  ProductParams,
  ProductQuery,
  ProductResource,
} from "./contract.ts";
import { changeProduct, createProduct, currentProduct, deleteProduct, readProduct } from "./handlers.ts";
import { listProducts, validateProducts } from "./list.ts";

const TAG = "Products";

/** Anonymous readers see a catalogue that is at most five seconds old, or five minutes while the database is down. */
const EDGE: EdgePolicy = { freshForSeconds: 1, staleWhileRevalidateSeconds: 4, staleIfErrorSeconds: 299 };

export const productEndpoints = [
  endpoint({
    contract: {
      operationId: "listProducts",
      method: "GET",
      path: "/v1/products",
      tag: TAG,
      summary: "List products",
      description:
        "Pages through the catalogue by cursor. You can filter, sort and search the list and count its facets. Staff can also page by number through a snapshot.",
      query: ProductListQuery,
      success: { kind: "list", status: 200, resource: ProductResource, facets: FACETS },
      problems: ["invalid-cursor", "cursor-expired", "snapshot-expired", "forbidden"],
    },
    policy: {
      access: { action: "list", subject: "products" },
      limit: { cost: "list" },
      cache: { scope: "public", freshForSeconds: 0, edge: EDGE },
      precondition: "none",
      idempotency: "none",
    },
    validator: validateProducts,
    handler: listProducts,
  }),
  endpoint({
    contract: {
      operationId: "createProduct",
      method: "POST",
      path: "/v1/products",
      tag: TAG,
      summary: "Create a product",
      description: "Adds a product to the catalogue. Requires the scope `products:write` and a staff account.",
      body: { kind: "json", schema: ProductInput, example: EXAMPLE_INPUT },
      success: { kind: "resource", status: 201, resource: ProductResource },
    },
    policy: {
      access: { action: "create", subject: "products" },
      limit: { cost: "write" },
      cache: "no-store",
      precondition: "none",
      idempotency: "honoured",
    },
    handler: createProduct,
  }),
  endpoint({
    contract: {
      operationId: "readProduct",
      method: "GET",
      path: "/v1/products/{id}",
      tag: TAG,
      summary: "Read a product",
      description: "Returns one product. Send its `ETag` as `If-Match` to change or delete the product.",
      params: ProductParams,
      query: ProductQuery,
      success: { kind: "resource", status: 200, resource: ProductResource },
    },
    policy: {
      access: { action: "read", subject: "products" },
      limit: { cost: "read" },
      cache: { scope: "public", freshForSeconds: 0, edge: EDGE },
      precondition: "none",
      idempotency: "none",
    },
    handler: readProduct,
  }),
  endpoint({
    contract: {
      operationId: "changeProduct",
      method: "PATCH",
      path: "/v1/products/{id}",
      tag: TAG,
      summary: "Change a product",
      description:
        "Applies a merge patch or a JSON Patch if the product's ETag still matches `If-Match`. The whole result is validated. A patch that changes nothing keeps the `ETag`. Requires the scope `products:write` and a staff account.",
      params: ProductParams,
      body: {
        kind: "patch",
        schema: ProductInput,
        mergeExample: { price: { amount: 11_900, currency: "USD" }, stock: 25 },
        patchExample: [
          { op: "test", path: "/price/currency", value: "USD" },
          { op: "replace", path: "/price/amount", value: 11_900 },
        ],
      },
      success: { kind: "resource", status: 200, resource: ProductResource },
    },
    policy: {
      access: { action: "update", subject: "products" },
      limit: { cost: "write" },
      cache: "no-store",
      precondition: "required",
      idempotency: "honoured",
    },
    current: currentProduct,
    handler: changeProduct,
  }),
  endpoint({
    contract: {
      operationId: "deleteProduct",
      method: "DELETE",
      path: "/v1/products/{id}",
      tag: TAG,
      summary: "Delete a product",
      description:
        "Deletes the product if its ETag still matches `If-Match`. The id is never reused. Requires the scope `products:write` and a staff account.",
      params: ProductParams,
      success: { kind: "empty", status: 204 },
    },
    policy: {
      access: { action: "delete", subject: "products" },
      limit: { cost: "write" },
      cache: "no-store",
      precondition: "required",
      idempotency: "none",
    },
    current: currentProduct,
    handler: deleteProduct,
  }),
];

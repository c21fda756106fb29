/** The operations on products. */
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

/** Whoever browses the catalogue sees it at most five seconds old; while the database is down, at most five minutes. */
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
        "Pages through the catalogue by cursor, filtered, sorted, searched and counted as asked. Staff may page by number through a frozen view.",
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
      description: "Adds a product to the catalogue. Needs the scope `products:write` and a staff account.",
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
      description: "One product. Its `ETag` is what a change is sent with as `If-Match`.",
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
        "Applies a merge patch or a JSON Patch to the state that `If-Match` names. The result is validated as a whole; a change to nothing keeps the `ETag`.",
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
        "Takes the product that is in the state which `If-Match` names out of the catalogue. Its id is never used again.",
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

/** The operations on what products have in common: categories and brands. */
import { endpoint } from "../../contract/endpoint.ts";
import type { Policy } from "../../contract/policy.ts";
import {
  BrandParams,
  BrandResource,
  CategoryParams,
  CategoryResource,
  ReferenceListQuery,
  ReferenceQuery,
} from "./contract.ts";
import { listReference, type ReferenceDefinition, readEntry } from "./handlers.ts";

const TAG = "Products";

const CATEGORIES: ReferenceDefinition = { resource: CategoryResource, column: "category" };
const BRANDS: ReferenceDefinition = { resource: BrandResource, column: "brand" };

const AGE = "What it says was true at most two minutes before.";

export const referenceEndpoints = [
  endpoint({
    contract: {
      operationId: "listCategories",
      method: "GET",
      path: "/v1/categories",
      tag: TAG,
      summary: "List categories",
      description: `The categories that products have, by name, with how many products each has; at most the 1,000 largest. ${AGE}`,
      query: ReferenceListQuery,
      success: { kind: "list", status: 200, resource: CategoryResource, facets: [] },
      problems: ["invalid-cursor", "cursor-expired"],
    },
    policy: policyOf("list", "categories"),
    handler: (call) => listReference(call, CATEGORIES),
  }),
  endpoint({
    contract: {
      operationId: "readCategory",
      method: "GET",
      path: "/v1/categories/{id}",
      tag: TAG,
      summary: "Read a category",
      description: `One category that products have. ${AGE}`,
      params: CategoryParams,
      query: ReferenceQuery,
      success: { kind: "resource", status: 200, resource: CategoryResource },
    },
    policy: policyOf("read", "categories"),
    handler: (call) => readEntry(call, CATEGORIES),
  }),
  endpoint({
    contract: {
      operationId: "listBrands",
      method: "GET",
      path: "/v1/brands",
      tag: TAG,
      summary: "List brands",
      description: `The brands that products have, by name, with how many products each has; at most the 1,000 largest. ${AGE}`,
      query: ReferenceListQuery,
      success: { kind: "list", status: 200, resource: BrandResource, facets: [] },
      problems: ["invalid-cursor", "cursor-expired"],
    },
    policy: policyOf("list", "brands"),
    handler: (call) => listReference(call, BRANDS),
  }),
  endpoint({
    contract: {
      operationId: "readBrand",
      method: "GET",
      path: "/v1/brands/{id}",
      tag: TAG,
      summary: "Read a brand",
      description: `One brand that products have. ${AGE}`,
      params: BrandParams,
      query: ReferenceQuery,
      success: { kind: "resource", status: 200, resource: BrandResource },
    },
    policy: policyOf("read", "brands"),
    handler: (call) => readEntry(call, BRANDS),
  }),
];

function policyOf(action: "list" | "read", subject: string): Policy {
  return {
    access: { action, subject },
    limit: { cost: action },
    cache: { scope: "public", freshForSeconds: 0 },
    precondition: "none",
    idempotency: "none",
  };
}

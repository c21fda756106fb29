/** The operations on what products have in common: categories and brands. */
import { endpoint } from "#core/contract/endpoint.ts";
import type { Policy } from "#core/contract/policy.ts";
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

const AGE = "What it says was true at most two minutes before.";

export const referenceEndpoints = [
  ...endpointsOf({ resource: CategoryResource, column: "category" }, CategoryParams, "Category", "Categories"),
  ...endpointsOf({ resource: BrandResource, column: "brand" }, BrandParams, "Brand", "Brands"),
];

/** The list of them and one of them, by the names that they go by. */
function endpointsOf(definition: ReferenceDefinition, params: typeof CategoryParams, one: string, many: string) {
  const { resource } = definition;
  const [singular, plural] = [one.toLowerCase(), many.toLowerCase()];
  return [
    endpoint({
      contract: {
        operationId: `list${many}`,
        method: "GET",
        path: `/v1/${plural}`,
        tag: TAG,
        summary: `List ${plural}`,
        description: `The ${plural} that products have, by name, with how many products each has; at most the 1,000 largest. ${AGE}`,
        query: ReferenceListQuery,
        success: { kind: "list", status: 200, resource, facets: [] },
        problems: ["invalid-cursor", "cursor-expired"],
      },
      policy: policyOf("list", plural),
      handler: (call) => listReference(call, definition),
    }),
    endpoint({
      contract: {
        operationId: `read${one}`,
        method: "GET",
        path: `/v1/${plural}/{id}`,
        tag: TAG,
        summary: `Read a ${singular}`,
        description: `One ${singular} that products have. ${AGE}`,
        params,
        query: ReferenceQuery,
        success: { kind: "resource", status: 200, resource },
      },
      policy: policyOf("read", plural),
      handler: (call) => readEntry(call, definition),
    }),
  ];
}

function policyOf(action: "list" | "read", subject: string): Policy {
  return {
    access: { action, subject },
    limit: { cost: action },
    cache: { scope: "public", freshForSeconds: 0 },
    precondition: "none",
    idempotency: "none",
  };
}

/** The endpoints of categories and brands. */
import { endpoint } from "#core/contract/endpoint.ts";
import type { CachePolicy } from "#core/contract/policy.ts";
import { listPolicy, readPolicy } from "#features/resources/policies.ts";
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

const PUBLIC: CachePolicy = { scope: "public", freshForSeconds: 0 };

const AGE = "The data is at most two minutes old.";

export const referenceEndpoints = [
  ...endpointsOf({ resource: CategoryResource, column: "category" }, CategoryParams, "Category", "Categories"),
  ...endpointsOf({ resource: BrandResource, column: "brand" }, BrandParams, "Brand", "Brands"),
];

/** The endpoints that list the values and read one. */
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
        description: `Lists the ${plural} of all products by name, with the number of products in each. At most the 1,000 largest are listed. ${AGE}`,
        query: ReferenceListQuery,
        success: { kind: "list", status: 200, resource, facets: [] },
        problems: ["invalid-cursor", "cursor-expired"],
      },
      policy: listPolicy(plural, PUBLIC),
      handler: (call) => listReference(call, definition),
    }),
    endpoint({
      contract: {
        operationId: `read${one}`,
        method: "GET",
        path: `/v1/${plural}/{id}`,
        tag: TAG,
        summary: `Read a ${singular}`,
        description: `Returns one ${singular} and its number of products. ${AGE}`,
        params,
        query: ReferenceQuery,
        success: { kind: "resource", status: 200, resource },
      },
      policy: readPolicy(plural, PUBLIC),
      handler: (call) => readEntry(call, definition),
    }),
  ];
}

/** The operations on addresses. */
import { endpoint } from "#core/contract/endpoint.ts";
import {
  AddressInput,
  AddressListQuery,
  AddressParams,
  AddressQuery,
  AddressResource,
  EXAMPLE_INPUT,
} from "./contract.ts";
import { changeAddress, createAddress, currentAddress, deleteAddress, readAddress } from "./handlers.ts";
import { listAddresses, validateAddresses } from "./list.ts";

const TAG = "Addresses";

const OWN = { scope: "private", freshForSeconds: 0 } as const;

export const addressEndpoints = [
  endpoint({
    contract: {
      operationId: "listAddresses",
      method: "GET",
      path: "/v1/addresses",
      tag: TAG,
      summary: "List addresses",
      description:
        "Pages through one's own addresses by cursor; for staff, everybody's. Needs the scope `addresses:read`.",
      query: AddressListQuery,
      success: { kind: "list", status: 200, resource: AddressResource, facets: [] },
      problems: ["invalid-cursor", "cursor-expired"],
    },
    policy: {
      access: { action: "list", subject: "addresses" },
      limit: { cost: "list" },
      cache: OWN,
      precondition: "none",
      idempotency: "none",
    },
    validator: validateAddresses,
    handler: listAddresses,
  }),
  endpoint({
    contract: {
      operationId: "createAddress",
      method: "POST",
      path: "/v1/addresses",
      tag: TAG,
      summary: "Create an address",
      description: "Adds an address to one's own account. Needs the scope `addresses:write`.",
      body: { kind: "json", schema: AddressInput, example: EXAMPLE_INPUT },
      success: { kind: "resource", status: 201, resource: AddressResource },
    },
    policy: {
      access: { action: "create", subject: "addresses" },
      limit: { cost: "write" },
      cache: "no-store",
      precondition: "none",
      idempotency: "honoured",
    },
    handler: createAddress,
  }),
  endpoint({
    contract: {
      operationId: "readAddress",
      method: "GET",
      path: "/v1/addresses/{id}",
      tag: TAG,
      summary: "Read an address",
      description: "One of one's own addresses; for staff, anybody's. Needs the scope `addresses:read`.",
      params: AddressParams,
      query: AddressQuery,
      success: { kind: "resource", status: 200, resource: AddressResource },
    },
    policy: {
      access: { action: "read", subject: "addresses" },
      limit: { cost: "read" },
      cache: OWN,
      precondition: "none",
      idempotency: "none",
    },
    handler: readAddress,
  }),
  endpoint({
    contract: {
      operationId: "changeAddress",
      method: "PATCH",
      path: "/v1/addresses/{id}",
      tag: TAG,
      summary: "Change an address",
      description:
        "Applies a merge patch or a JSON Patch to the state that `If-Match` names. Only the owner may, with the scope `addresses:write`.",
      params: AddressParams,
      body: {
        kind: "patch",
        schema: AddressInput,
        mergeExample: { line2: "Apt 7", postal_code: "87133" },
        patchExample: [
          { op: "test", path: "/country", value: "US" },
          { op: "replace", path: "/line1", value: "5713 Larkmeadow Ave" },
        ],
      },
      success: { kind: "resource", status: 200, resource: AddressResource },
    },
    policy: {
      access: { action: "update", subject: "addresses" },
      limit: { cost: "write" },
      cache: "no-store",
      precondition: "required",
      idempotency: "honoured",
    },
    current: currentAddress,
    handler: changeAddress,
  }),
  endpoint({
    contract: {
      operationId: "deleteAddress",
      method: "DELETE",
      path: "/v1/addresses/{id}",
      tag: TAG,
      summary: "Delete an address",
      description:
        "Takes the address that is in the state which `If-Match` names out of the account. Only the owner may, with the scope `addresses:write`.",
      params: AddressParams,
      success: { kind: "empty", status: 204 },
    },
    policy: {
      access: { action: "delete", subject: "addresses" },
      limit: { cost: "write" },
      cache: "no-store",
      precondition: "required",
      idempotency: "none",
    },
    current: currentAddress,
    handler: deleteAddress,
  }),
];

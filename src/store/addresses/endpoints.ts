/** The endpoints of addresses. */
import type { z } from "@hono/zod-openapi";
import { defineCollection, idFilter } from "#features/resources/collections/collection.ts";
import { membersOf } from "#features/resources/collections/columns.ts";
import { collectionEndpoints } from "#features/resources/collections/endpoints.ts";
import { addresses } from "#schema/addresses.ts";
import { AddressInput, AddressResource, EXAMPLE_INPUT } from "./contract.ts";

export const addressCollection = defineCollection({
  resource: AddressResource,
  idPrefix: "addr",
  table: addresses,
  input: AddressInput,
  sortKeys: ["created_at", "name"],
  filters: [
    idFilter("user_id", "Only addresses of this user that the caller may read.", AddressResource.example.user_id),
  ],
});

export const addressEndpoints = collectionEndpoints({
  collection: addressCollection,
  path: "/v1/addresses",
  tag: "Addresses",
  texts: {
    one: "an address",
    many: "addresses",
    list: "Pages through your addresses by cursor. Staff see the addresses of all users. Requires the scope `addresses:read`.",
    create: "Adds an address to your account. Requires the scope `addresses:write`.",
    read: "Returns one of your addresses. Staff can read all addresses. Requires the scope `addresses:read`.",
    change:
      "Applies a merge patch or a JSON Patch if the address's ETag still matches `If-Match`. Only the owner can change an address. Requires the scope `addresses:write`.",
    delete:
      "Deletes the address if its ETag still matches `If-Match`. Only the owner can delete an address. Requires the scope `addresses:write`.",
  },
  example: EXAMPLE_INPUT,
  patchExamples: {
    merge: { line2: "Apt 7", postal_code: "87133" },
    json: [
      { op: "test", path: "/country", value: "US" },
      { op: "replace", path: "/line1", value: "5713 Larkmeadow Ave" },
    ],
  },
  exampleFields: ["id", "name", "city"],
});

/** The part of an address that an order copies. */
export function shippingAddressOf(row: typeof addresses.$inferSelect): z.output<typeof AddressInput> {
  return membersOf(addressCollection, AddressInput, row);
}

/** How orders are stored and listed. */
import { listParameter } from "#core/contract/parameters.ts";
import { userCollection } from "#features/accounts/collection.ts";
import { defineCollection, idFilter } from "#features/resources/collections/collection.ts";
import { relatedSourceOf } from "#features/resources/collections/handlers.ts";
import { storedMoney } from "#features/resources/collections/stored-member.ts";
import { addressCollection } from "#store/addresses/endpoints.ts";
import { productCollection } from "#store/products/collection.ts";
import { OrderInput, OrderResource } from "./contract.ts";
import { memberOf } from "./order.ts";
import { itemsColumn, orders } from "./queries.ts";
import { ORDER_STATUSES } from "./states.ts";

export const orderCollection = defineCollection({
  resource: OrderResource,
  idPrefix: "ord",
  table: orders,
  input: OrderInput,
  stored: { total: storedMoney("total") },
  sortKeys: ["created_at", "total"],
  filters: [
    {
      member: "status",
      operator: "one-of",
      parameter: listParameter({
        max: ORDER_STATUSES.length,
        description: "Only orders in one of these states.",
        example: ["placed", "paid"],
        values: ORDER_STATUSES,
      }),
    },
    idFilter("user_id", "Only orders of this user that the caller may read.", OrderResource.example.user_id),
  ],
  hasSnapshots: true,
  selected: { columns: { items: itemsColumn() } },
  memberOf,
});

/** What `include` embeds in orders. */
export const RELATED = [userCollection, addressCollection, productCollection].map(relatedSourceOf);

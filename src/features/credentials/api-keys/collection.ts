/** How API keys are stored and listed. */
import type { Scopes } from "#core/contract/scopes.ts";
import { defineCollection } from "#features/resources/collections/collection.ts";
import { storedSet } from "#features/resources/collections/stored-member.ts";
import { apiKeys } from "#schema/api-keys.ts";
import { ApiKeyChange, schemasFor } from "./contract.ts";

export type ApiKeyCollection = ReturnType<typeof apiKeyCollection>;

/** The collection of API keys, for a service with those scopes. */
export function apiKeyCollection(scopes: Scopes) {
  return defineCollection({
    ...schemasFor(scopes),
    change: ApiKeyChange,
    idPrefix: "key",
    table: apiKeys,
    stored: { scopes: storedSet("scopes", Object.keys(scopes)) },
    sortKeys: ["created_at", "name"],
    filters: [],
  });
}

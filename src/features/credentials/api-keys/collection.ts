/** How API keys are stored and listed. */
import { SCOPES } from "#core/contract/principal.ts";
import { defineCollection } from "#features/resources/collections/collection.ts";
import { storedSet } from "#features/resources/collections/stored-member.ts";
import { apiKeys } from "#schema/api-keys.ts";
import { ApiKeyChange, ApiKeyInput, ApiKeyResource } from "./contract.ts";

export const apiKeyCollection = defineCollection({
  resource: ApiKeyResource,
  idPrefix: "key",
  table: apiKeys,
  input: ApiKeyInput,
  change: ApiKeyChange,
  stored: { scopes: storedSet("scopes", SCOPES) },
  sortKeys: ["created_at", "name"],
  filters: [],
});

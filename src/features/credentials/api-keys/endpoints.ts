/** The operations on API keys. */
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import {
  ApiKeyChange,
  ApiKeyListQuery,
  ApiKeyParams,
  ApiKeyQuery,
  ApiKeyRotation,
  EXAMPLE_INPUT,
  SECRET_ONCE,
  schemasFor,
} from "./contract.ts";
import { changeApiKey, createApiKey, currentApiKey, readApiKey, revokeApiKey, rotateApiKey } from "./handlers.ts";
import { listApiKeys, validateApiKeys } from "./list.ts";

const TAG = "API keys";

/** The endpoints for keys with those scopes. */
export function apiKeyEndpoints(scopes: Scopes): readonly Endpoint[] {
  const { input, resource } = schemasFor(scopes);
  return [
    endpoint({
      contract: {
        operationId: "listApiKeys",
        method: "GET",
        path: "/v1/api-keys",
        tag: TAG,
        summary: "List API keys",
        description:
          "Returns a page of the account's API keys, by cursor. Admins see the keys of all accounts. The response contains no secrets.",
        query: ApiKeyListQuery,
        success: { kind: "list", status: 200, resource, facets: [] },
        problems: ["invalid-cursor", "cursor-expired"],
      },
      policy: {
        access: { action: "list", subject: "api_keys" },
        limit: { cost: "list" },
        cache: { scope: "private", freshForSeconds: 0 },
        precondition: "none",
        idempotency: "none",
      },
      validator: validateApiKeys,
      handler: listApiKeys,
    }),
    endpoint({
      contract: {
        operationId: "createApiKey",
        method: "POST",
        path: "/v1/api-keys",
        tag: TAG,
        summary: "Create an API key",
        description:
          "Creates a key that acts for the account. Only this response contains the secret. A key permits at most what the token of the request permits. It ends with the client or consent that the token came from, and loses the scopes that they lose. An account can have at most 50 keys; further requests return 409. Needs the scope `users:write`, and a token that is neither an API key nor bound to a key (DPoP).",
        body: { kind: "json", schema: input, example: EXAMPLE_INPUT },
        success: { kind: "resource", status: 201, resource, once: SECRET_ONCE },
        problems: ["conflict"],
      },
      policy: {
        access: { action: "create", subject: "api_keys" },
        limit: { cost: "write" },
        cache: "no-store",
        precondition: "none",
        idempotency: "honoured",
      },
      handler: createApiKey,
    }),
    endpoint({
      contract: {
        operationId: "rotateApiKey",
        method: "POST",
        path: "/v1/api-keys/{id}/rotate",
        tag: TAG,
        summary: "Rotate an API key",
        description:
          "Replaces the key's secret. Only this response contains the new secret. The current secret stays valid for the time that the body sets, by default one day, so programs can switch one by one. Any older secret ends. Needs a token that has all scopes of the key and is not bound to a key (DPoP). Returns 409 if the key has expired, or if a concurrent rotation came first.",
        params: ApiKeyParams,
        body: { kind: "json", schema: ApiKeyRotation, example: { overlap_seconds: 3600 } },
        success: { kind: "resource", status: 200, resource, once: SECRET_ONCE },
        problems: ["conflict"],
      },
      policy: {
        access: { action: "rotate", subject: "api_keys" },
        limit: { cost: "write" },
        cache: "no-store",
        precondition: "none",
        idempotency: "honoured",
      },
      current: currentApiKey,
      handler: rotateApiKey,
    }),
    endpoint({
      contract: {
        operationId: "readApiKey",
        method: "GET",
        path: "/v1/api-keys/{id}",
        tag: TAG,
        summary: "Read an API key",
        description: "Returns the key without its secret. Send its `ETag` as `If-Match` to change it.",
        params: ApiKeyParams,
        query: ApiKeyQuery,
        success: { kind: "resource", status: 200, resource },
      },
      policy: {
        access: { action: "read", subject: "api_keys" },
        limit: { cost: "read" },
        cache: { scope: "private", freshForSeconds: 0 },
        precondition: "none",
        idempotency: "none",
      },
      handler: readApiKey,
    }),
    endpoint({
      contract: {
        operationId: "changeApiKey",
        method: "PATCH",
        path: "/v1/api-keys/{id}",
        tag: TAG,
        summary: "Change an API key",
        description:
          "Renames the key, or changes or removes its expiry. The new expiry must be in the future; to end a key, revoke it. The scopes cannot be changed. Extending the key needs a token that has all of its scopes and is not bound to a key (DPoP).",
        params: ApiKeyParams,
        body: {
          kind: "patch",
          schema: ApiKeyChange,
          mergeExample: { name: "Weekly import" },
          patchExample: [{ op: "replace", path: "/name", value: "Weekly import" }],
        },
        success: { kind: "resource", status: 200, resource },
      },
      policy: {
        access: { action: "update", subject: "api_keys" },
        limit: { cost: "write" },
        cache: "no-store",
        precondition: "required",
        idempotency: "honoured",
      },
      current: currentApiKey,
      handler: changeApiKey,
    }),
    endpoint({
      contract: {
        operationId: "deleteApiKey",
        method: "DELETE",
        path: "/v1/api-keys/{id}",
        tag: TAG,
        summary: "Revoke an API key",
        description: "Revokes the key and all of its secrets immediately and permanently.",
        params: ApiKeyParams,
        success: { kind: "empty", status: 204 },
      },
      policy: {
        access: { action: "delete", subject: "api_keys" },
        limit: { cost: "write" },
        cache: "no-store",
        precondition: "required",
        idempotency: "none",
      },
      current: currentApiKey,
      handler: revokeApiKey,
    }),
  ];
}

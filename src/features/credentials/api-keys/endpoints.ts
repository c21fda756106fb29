/** The operations on API keys. */
import { endpoint } from "#core/contract/endpoint.ts";
import {
  ApiKeyChange,
  ApiKeyInput,
  ApiKeyListQuery,
  ApiKeyParams,
  ApiKeyQuery,
  ApiKeyResource,
  ApiKeyRotation,
  EXAMPLE_INPUT,
  SECRET_ONCE,
} from "./contract.ts";
import { changeApiKey, createApiKey, currentApiKey, readApiKey, revokeApiKey, rotateApiKey } from "./handlers.ts";
import { listApiKeys, validateApiKeys } from "./list.ts";

const TAG = "API keys";

export const apiKeyEndpoints = [
  endpoint({
    contract: {
      operationId: "listApiKeys",
      method: "GET",
      path: "/v1/api-keys",
      tag: TAG,
      summary: "List API keys",
      description: "Pages through the account's own keys by cursor. Admins see everybody's. No secret is shown.",
      query: ApiKeyListQuery,
      success: { kind: "list", status: 200, resource: ApiKeyResource, facets: [] },
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
        "Makes a key that acts for the account. The answer has its secret, which is shown this once. A key permits at most what the request's own token permits, and ends or narrows with the client and the consent that the token came from. An account has at most 50 keys (409 beyond). Needs the scope `users:write`, and cannot be done with an API key or a token that is bound to a key (DPoP).",
      body: { kind: "json", schema: ApiKeyInput, example: EXAMPLE_INPUT },
      success: { kind: "resource", status: 201, resource: ApiKeyResource, once: SECRET_ONCE },
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
        "Gives the key a new secret, which is shown this once. The present one stays good for as long as the body says, by default a day, so that programs can change over one by one; the one before it ends. Needs a token that holds all of the key's scopes and is not bound to a key (DPoP). An expired key is not rotated (409), and of two rotations at once, one is refused (409).",
      params: ApiKeyParams,
      body: { kind: "json", schema: ApiKeyRotation, example: { overlap_seconds: 3600 } },
      success: { kind: "resource", status: 200, resource: ApiKeyResource, once: SECRET_ONCE },
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
      description: "One key, without its secret. Its `ETag` is what a change is sent with as `If-Match`.",
      params: ApiKeyParams,
      query: ApiKeyQuery,
      success: { kind: "resource", status: 200, resource: ApiKeyResource },
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
        "Renames the key, or moves or removes its expiry. The new expiry must be in the future; to end a key, revoke it. Its scopes cannot be changed. Extending the key needs a token that holds all of its scopes and is not bound to a key (DPoP).",
      params: ApiKeyParams,
      body: {
        kind: "patch",
        schema: ApiKeyChange,
        mergeExample: { name: "Weekly import" },
        patchExample: [{ op: "replace", path: "/name", value: "Weekly import" }],
      },
      success: { kind: "resource", status: 200, resource: ApiKeyResource },
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
      description: "Ends the key and each of its secrets at once and for good.",
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

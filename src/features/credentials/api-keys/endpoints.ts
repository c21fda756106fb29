/** The operations on API keys. */
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { operationsOf } from "#features/resources/collections/operations.ts";
import { writePolicy } from "#features/resources/policies.ts";
import { apiKeyCollection } from "./collection.ts";
import { ApiKeyRotation, EXAMPLE_INPUT, SECRET_ONCE } from "./contract.ts";
import { changeApiKey, createApiKey, revokeApiKey, rotateApiKey } from "./handlers.ts";

const TAG = "API keys";

/** The endpoints for keys with those scopes. */
export function apiKeyEndpoints(scopes: Scopes): readonly Endpoint[] {
  const collection = apiKeyCollection(scopes);
  const key = operationsOf({
    collection,
    path: "/v1/api-keys",
    tag: TAG,
    one: "an API key",
    many: "API keys",
    exampleFields: ["id", "name", "hint"],
  });

  return [
    key.list(
      "Returns a page of the account's API keys, by cursor. Admins see the keys of all accounts. The response contains no secrets.",
    ),
    key.create(
      "Creates a key that acts for the account. Only this response contains the secret. A key permits at most what the token of the request permits. It ends with the client or consent that the token came from, and loses the scopes that they lose. An account can have at most 50 keys; further requests return 409. Needs the scope `users:write`, and a token that is neither an API key nor bound to a key (DPoP).",
      {
        example: EXAMPLE_INPUT,
        once: SECRET_ONCE,
        problems: ["conflict"],
        handler: (call) => createApiKey(collection, call),
      },
    ),
    endpoint({
      contract: {
        operationId: "rotateApiKey",
        method: "POST",
        path: "/v1/api-keys/{id}/rotate",
        tag: TAG,
        summary: "Rotate an API key",
        description:
          "Replaces the key's secret. Only this response contains the new secret. The current secret stays valid for the time that the body sets, by default one day, so programs can switch one by one. Any older secret ends. Needs a token that has all scopes of the key and is not bound to a key (DPoP). Returns 409 if the key has expired, or if a concurrent rotation came first.",
        params: key.params,
        body: { kind: "json", schema: ApiKeyRotation, example: { overlap_seconds: 3600 } },
        success: { kind: "resource", status: 200, resource: collection.resource, once: SECRET_ONCE },
        problems: ["conflict"],
      },
      policy: writePolicy("rotate", "api_keys"),
      current: key.current,
      handler: (call) => rotateApiKey(collection, call),
    }),
    key.read("Returns the key without its secret. Send its `ETag` as `If-Match` to change it."),
    key.change(
      "Renames the key, or changes or removes its expiry. The new expiry must be in the future; to end a key, revoke it. The scopes cannot be changed. Extending the key needs a token that has all of its scopes and is not bound to a key (DPoP).",
      {
        examples: {
          merge: { name: "Weekly import" },
          json: [{ op: "replace", path: "/name", value: "Weekly import" }],
        },
        handler: (call) => changeApiKey(collection, call),
      },
    ),
    key.delete("Revokes the key and all of its secrets immediately and permanently.", {
      summary: "Revoke an API key",
      handler: (call) => revokeApiKey(collection, call),
    }),
  ];
}

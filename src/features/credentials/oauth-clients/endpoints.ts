/** The operations on OAuth clients. */
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { EraseAccount } from "#core/contract/module.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { operationsOf } from "#features/resources/collections/operations.ts";
import { writePolicy } from "#features/resources/policies.ts";
import { oauthClientCollection } from "./collection.ts";
import { EXAMPLE_INPUT, OauthClientRotation, SECRET_ONCE } from "./contract.ts";
import { changeOauthClient, createOauthClient, deleteOauthClient, rotateOauthClientSecret } from "./handlers.ts";

const TAG = "OAuth clients";

/** The endpoints for clients with those scopes. */
export function oauthClientEndpoints(scopes: Scopes, eraseAccount: EraseAccount): readonly Endpoint[] {
  const collection = oauthClientCollection(scopes);
  const client = operationsOf({
    collection,
    path: "/v1/oauth-clients",
    tag: TAG,
    one: "an OAuth client",
    many: "OAuth clients",
    exampleFields: ["id", "client_id", "name"],
  });

  return [
    client.list("Returns a page of all clients, by cursor. The response contains no secrets."),
    client.create(
      "Registers a client under a `client_id` that the service assigns. A confidential client gets a secret; only this response contains it. A client with `client_credentials` gets its own account, which it acts as. It can have only scopes that the token of the request has. If that token is bound to a key (DPoP), the client must require bound tokens, too. Every client uses PKCE. Needs an admin who signed in within the last 12 hours, and the scope `admin`.",
      {
        summary: "Register an OAuth client",
        example: EXAMPLE_INPUT,
        once: SECRET_ONCE,
        handler: (call) => createOauthClient(collection, call),
      },
    ),
    endpoint({
      contract: {
        operationId: "rotateOauthClientSecret",
        method: "POST",
        path: "/v1/oauth-clients/{id}/rotate-secret",
        tag: TAG,
        summary: "Rotate the secret of an OAuth client",
        description:
          "Replaces the secret of a confidential client. Only this response contains the new secret. The current secret stays valid for the time that the body sets, by default one day. Any older secret ends. With `overlap_seconds` 0 the client's access tokens end, too. For a client with `client_credentials`, the token of the request must have all of the client's scopes. Returns 409 for a public client, or if a concurrent rotation came first.",
        params: client.params,
        body: { kind: "json", schema: OauthClientRotation, example: { overlap_seconds: 3600 } },
        success: { kind: "resource", status: 200, resource: collection.resource, once: SECRET_ONCE },
        problems: ["conflict"],
      },
      policy: writePolicy("rotate", "oauth_clients"),
      current: client.current,
      handler: (call) => rotateOauthClientSecret(collection, call),
    }),
    client.read("Returns the client without its secret. Send its `ETag` as `If-Match` to change it."),
    client.change(
      "Changes the client; its type, its `client_id` and its account cannot change. If the client loses permissions, its access tokens end at once. Its refresh tokens stay valid, and the API keys created through it lose the same permissions. If a client with `client_credentials` gains permissions, the token of the request must have all of its scopes. Returns 409 if a public client would get `client_credentials`.",
      {
        examples: {
          merge: { name: "Storefront 2", requires_dpop: true },
          json: [
            { op: "test", path: "/type", value: "confidential" },
            { op: "replace", path: "/name", value: "Storefront 2" },
          ],
        },
        handler: (call) => changeOauthClient(collection, call),
      },
    ),
    client.delete(
      "Deletes the client, all its tokens, the API keys created through it, and the account that it acts as. Its `client_id` is never used again.",
      { handler: (call) => deleteOauthClient(call, eraseAccount) },
    ),
  ];
}

/** The operations on OAuth clients. */
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { EraseAccount } from "#core/contract/module.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import {
  EXAMPLE_INPUT,
  OauthClientListQuery,
  OauthClientParams,
  OauthClientQuery,
  OauthClientRotation,
  SECRET_ONCE,
  schemasFor,
} from "./contract.ts";
import {
  changeOauthClient,
  createOauthClient,
  currentOauthClient,
  deleteOauthClient,
  readOauthClient,
  rotateOauthClientSecret,
} from "./handlers.ts";
import { listOauthClients, validateOauthClients } from "./list.ts";

const TAG = "OAuth clients";

export function oauthClientEndpoints(scopes: Scopes, eraseAccount: EraseAccount): readonly Endpoint[] {
  const { change, input, resource } = schemasFor(scopes);
  return [
    endpoint({
      contract: {
        operationId: "listOauthClients",
        method: "GET",
        path: "/v1/oauth-clients",
        tag: TAG,
        summary: "List OAuth clients",
        description: "Returns a page of all clients, by cursor. The response contains no secrets.",
        query: OauthClientListQuery,
        success: { kind: "list", status: 200, resource, facets: [] },
        problems: ["invalid-cursor", "cursor-expired"],
      },
      policy: {
        access: { action: "list", subject: "oauth_clients" },
        limit: { cost: "list" },
        cache: { scope: "private", freshForSeconds: 0 },
        precondition: "none",
        idempotency: "none",
      },
      validator: validateOauthClients,
      handler: listOauthClients,
    }),
    endpoint({
      contract: {
        operationId: "createOauthClient",
        method: "POST",
        path: "/v1/oauth-clients",
        tag: TAG,
        summary: "Register an OAuth client",
        description:
          "Registers a client under a `client_id` that the service assigns. A confidential client gets a secret; only this response contains it. A client with `client_credentials` gets its own account, which it acts as. It can have only scopes that the token of the request has. If that token is bound to a key (DPoP), the client must require bound tokens, too. Every client uses PKCE. Needs an admin who signed in within the last 12 hours, and the scope `admin`.",
        body: { kind: "json", schema: input, example: EXAMPLE_INPUT },
        success: { kind: "resource", status: 201, resource, once: SECRET_ONCE },
      },
      policy: {
        access: { action: "create", subject: "oauth_clients" },
        limit: { cost: "write" },
        cache: "no-store",
        precondition: "none",
        idempotency: "honoured",
      },
      handler: createOauthClient,
    }),
    endpoint({
      contract: {
        operationId: "rotateOauthClientSecret",
        method: "POST",
        path: "/v1/oauth-clients/{id}/rotate-secret",
        tag: TAG,
        summary: "Rotate the secret of an OAuth client",
        description:
          "Replaces the secret of a confidential client. Only this response contains the new secret. The current secret stays valid for the time that the body sets, by default one day. Any older secret ends. With `overlap_seconds` 0 the client's access tokens end, too. For a client with `client_credentials`, the token of the request must have all of the client's scopes. Returns 409 for a public client, or if a concurrent rotation came first.",
        params: OauthClientParams,
        body: { kind: "json", schema: OauthClientRotation, example: { overlap_seconds: 3600 } },
        success: { kind: "resource", status: 200, resource, once: SECRET_ONCE },
        problems: ["conflict"],
      },
      policy: {
        access: { action: "rotate", subject: "oauth_clients" },
        limit: { cost: "write" },
        cache: "no-store",
        precondition: "none",
        idempotency: "honoured",
      },
      current: currentOauthClient,
      handler: rotateOauthClientSecret,
    }),
    endpoint({
      contract: {
        operationId: "readOauthClient",
        method: "GET",
        path: "/v1/oauth-clients/{id}",
        tag: TAG,
        summary: "Read an OAuth client",
        description: "Returns the client without its secret. Send its `ETag` as `If-Match` to change it.",
        params: OauthClientParams,
        query: OauthClientQuery,
        success: { kind: "resource", status: 200, resource },
      },
      policy: {
        access: { action: "read", subject: "oauth_clients" },
        limit: { cost: "read" },
        cache: { scope: "private", freshForSeconds: 0 },
        precondition: "none",
        idempotency: "none",
      },
      handler: readOauthClient,
    }),
    endpoint({
      contract: {
        operationId: "changeOauthClient",
        method: "PATCH",
        path: "/v1/oauth-clients/{id}",
        tag: TAG,
        summary: "Change an OAuth client",
        description:
          "Changes the client; its type, its `client_id` and its account cannot change. If the client loses permissions, its access tokens end at once. Its refresh tokens stay valid, and the API keys created through it lose the same permissions. If a client with `client_credentials` gains permissions, the token of the request must have all of its scopes. Returns 409 if a public client would get `client_credentials`.",
        params: OauthClientParams,
        body: {
          kind: "patch",
          schema: change,
          mergeExample: { name: "Storefront 2", requires_dpop: true },
          patchExample: [
            { op: "test", path: "/type", value: "confidential" },
            { op: "replace", path: "/name", value: "Storefront 2" },
          ],
        },
        success: { kind: "resource", status: 200, resource },
      },
      policy: {
        access: { action: "update", subject: "oauth_clients" },
        limit: { cost: "write" },
        cache: "no-store",
        precondition: "required",
        idempotency: "honoured",
      },
      current: currentOauthClient,
      handler: changeOauthClient,
    }),
    endpoint({
      contract: {
        operationId: "deleteOauthClient",
        method: "DELETE",
        path: "/v1/oauth-clients/{id}",
        tag: TAG,
        summary: "Delete an OAuth client",
        description:
          "Deletes the client, all its tokens, the API keys created through it, and the account that it acts as. Its `client_id` is never used again.",
        params: OauthClientParams,
        success: { kind: "empty", status: 204 },
      },
      policy: {
        access: { action: "delete", subject: "oauth_clients" },
        limit: { cost: "write" },
        cache: "no-store",
        precondition: "required",
        idempotency: "none",
      },
      current: currentOauthClient,
      handler: (call) => deleteOauthClient(call, eraseAccount),
    }),
  ];
}

/** The operations on OAuth clients. */
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { EraseAccount } from "#core/contract/module.ts";
import {
  EXAMPLE_INPUT,
  OauthClientChange,
  OauthClientInput,
  OauthClientListQuery,
  OauthClientParams,
  OauthClientQuery,
  OauthClientResource,
  OauthClientRotation,
  SECRET_ONCE,
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

export function oauthClientEndpoints(eraseAccount: EraseAccount): readonly Endpoint[] {
  return [
    endpoint({
      contract: {
        operationId: "listOauthClients",
        method: "GET",
        path: "/v1/oauth-clients",
        tag: TAG,
        summary: "List OAuth clients",
        description: "Pages through all clients by cursor. No secret is shown.",
        query: OauthClientListQuery,
        success: { kind: "list", status: 200, resource: OauthClientResource, facets: [] },
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
          "Registers a client under a `client_id` of the service's choice. A confidential one gets a secret, which is shown this once; one with `client_credentials` gets an account of its own, as which it acts. Every client uses PKCE. A client with `client_credentials` gets only scopes that the request's own token holds, and only bound tokens where that token is bound (DPoP). Needs an admin with the scope `admin`, who has signed in within 12 hours.",
        body: { kind: "json", schema: OauthClientInput, example: EXAMPLE_INPUT },
        success: { kind: "resource", status: 201, resource: OauthClientResource, once: SECRET_ONCE },
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
          "Gives a confidential client a new secret, which is shown this once. The present one stays good for as long as the body says, by default a day; the one before it ends. With `overlap_seconds` 0 the client's access tokens end, too. The secret of a client with `client_credentials` needs a token that holds all of the client's scopes. A public client has none (409), and of two rotations at once, one is refused (409).",
        params: OauthClientParams,
        body: { kind: "json", schema: OauthClientRotation, example: { overlap_seconds: 3600 } },
        success: { kind: "resource", status: 200, resource: OauthClientResource, once: SECRET_ONCE },
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
        description: "One client, without its secret. Its `ETag` is what a change is sent with as `If-Match`.",
        params: OauthClientParams,
        query: OauthClientQuery,
        success: { kind: "resource", status: 200, resource: OauthClientResource },
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
          "Changes the client; its type, its `client_id` and its account stay. When it may have less than before, its access tokens end at once, it gets others for its refresh tokens, and the API keys that were made through it narrow with it. When it may have more and has `client_credentials`, the request's token must hold all of its scopes. A public client cannot have `client_credentials` (409).",
        params: OauthClientParams,
        body: {
          kind: "patch",
          schema: OauthClientChange,
          mergeExample: { name: "Storefront 2", requires_dpop: true },
          patchExample: [
            { op: "test", path: "/type", value: "confidential" },
            { op: "replace", path: "/name", value: "Storefront 2" },
          ],
        },
        success: { kind: "resource", status: 200, resource: OauthClientResource },
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
          "Ends the client, all its tokens, the API keys that were made through it, and the account that it acted as. Its `client_id` is never used again.",
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

/** The operations on users. `me` is an alias for the id of the caller's account. */
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { EraseAccount } from "#core/contract/module.ts";
import { callerAccountId } from "#features/identity/accounts/caller.ts";
import { UserInput, UserListQuery, UserParams, UserQuery, UserResource } from "./contract.ts";
import { changeUser, currentMe, currentUser, deleteUser, readMe, readUser } from "./handlers.ts";
import { listUsers, validateUsers } from "./list.ts";

const TAG = "Users";

const OWN = { scope: "private", freshForSeconds: 0 } as const;
const READ = {
  access: { action: "read", subject: "users" },
  limit: { cost: "read" },
  cache: OWN,
  precondition: "none",
  idempotency: "none",
} as const;
const CHANGE = {
  access: { action: "update", subject: "users" },
  limit: { cost: "write" },
  cache: "no-store",
  precondition: "required",
  idempotency: "honoured",
} as const;

const PATCH = {
  kind: "patch",
  schema: UserInput,
  mergeExample: { name: "Ada Moreno-Quist" },
  patchExample: [
    { op: "test", path: "/id", value: UserResource.example.id },
    { op: "replace", path: "/name", value: "Ada Moreno-Reyes" },
  ],
} as const;

export function userEndpoints(eraseAccount: EraseAccount): readonly Endpoint[] {
  return [
    endpoint({
      contract: {
        operationId: "listUsers",
        method: "GET",
        path: "/v1/users",
        tag: TAG,
        summary: "List users",
        description:
          "Returns a page of all users, by cursor or by page number in a snapshot. Needs the staff or admin role and the scope `users:read`.",
        query: UserListQuery,
        success: { kind: "list", status: 200, resource: UserResource, facets: [] },
        problems: ["invalid-cursor", "cursor-expired", "snapshot-expired"],
      },
      policy: {
        access: { action: "list", subject: "users" },
        limit: { cost: "list" },
        cache: OWN,
        precondition: "none",
        idempotency: "none",
      },
      validator: validateUsers,
      handler: listUsers,
    }),
    endpoint({
      contract: {
        operationId: "readMe",
        method: "GET",
        path: "/v1/users/me",
        aliasOf: (principal) => UserResource.path(callerAccountId(principal)),
        tag: TAG,
        summary: "Read your account",
        description:
          "Returns the account that the caller acts as, the same resource as under its id. Needs the scope `users:read`. Returns 404 if the token's subject has no account in this service.",
        query: UserQuery,
        success: { kind: "resource", status: 200, resource: UserResource },
        problems: ["not-found"],
      },
      policy: READ,
      handler: readMe,
    }),
    endpoint({
      contract: {
        operationId: "changeMe",
        method: "PATCH",
        path: "/v1/users/me",
        aliasOf: (principal) => UserResource.path(callerAccountId(principal)),
        tag: TAG,
        summary: "Change your account",
        description:
          "Applies a merge patch or a JSON Patch if the account's ETag still matches `If-Match`. You can change your name; only admins can change the email address and the role. Needs the scope `users:write`.",
        body: PATCH,
        success: { kind: "resource", status: 200, resource: UserResource },
        problems: ["not-found"],
      },
      policy: CHANGE,
      current: currentMe,
      handler: changeUser,
    }),
    endpoint({
      contract: {
        operationId: "readUser",
        method: "GET",
        path: "/v1/users/{id}",
        tag: TAG,
        summary: "Read a user",
        description: "Returns your account or, for staff and admins, any account. Needs the scope `users:read`.",
        params: UserParams,
        query: UserQuery,
        success: { kind: "resource", status: 200, resource: UserResource },
      },
      policy: READ,
      handler: readUser,
    }),
    endpoint({
      contract: {
        operationId: "changeUser",
        method: "PATCH",
        path: "/v1/users/{id}",
        tag: TAG,
        summary: "Change a user",
        description:
          "Applies a merge patch or a JSON Patch if the user's ETag still matches `If-Match`. You can change your own name. Admins with the scopes `users:write` and `admin` can change the name, email address and role of any user. A change of the role revokes the account's access tokens.",
        params: UserParams,
        body: PATCH,
        success: { kind: "resource", status: 200, resource: UserResource },
      },
      policy: CHANGE,
      current: currentUser,
      handler: changeUser,
    }),
    endpoint({
      contract: {
        operationId: "deleteUser",
        method: "DELETE",
        path: "/v1/users/{id}",
        tag: TAG,
        summary: "Delete a user",
        description:
          "Deletes your account or, for admins, any account, if its ETag still matches `If-Match`. Its credentials, API keys, tokens and all personal data are removed at once. The id is never used again.",
        params: UserParams,
        success: { kind: "empty", status: 204 },
        problems: ["conflict"],
      },
      policy: {
        access: { action: "delete", subject: "users" },
        limit: { cost: "write" },
        cache: "no-store",
        precondition: "required",
        idempotency: "none",
      },
      current: currentUser,
      handler: (call) => deleteUser(call, eraseAccount),
    }),
  ];
}

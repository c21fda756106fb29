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
          "Pages through all users by cursor, or by number through a frozen view. For staff, with the scope `users:read`.",
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
        summary: "Read one's own account",
        description:
          "The account that the caller acts as, the same as under its id. Needs the scope `users:read`. An account of another issuer is none of this service's.",
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
        summary: "Change one's own account",
        description:
          "Applies a merge patch or a JSON Patch to the state that `If-Match` names. People change their name; the e-mail address and the role are changed by admins. Needs the scope `users:write`.",
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
        description: "One's own account; for staff, anybody's. Needs the scope `users:read`.",
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
          "Applies a merge patch or a JSON Patch to the state that `If-Match` names. People change their own name. Admins, with the scopes `users:write` and `admin`, change everybody's name, e-mail address and role; another role ends the access tokens that the account has.",
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
          "Ends the account that is in the state which `If-Match` names: one's own, or as an admin anybody's. Its credentials, keys and tokens are gone at once, and so is everything that names the person. The id is never used again.",
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

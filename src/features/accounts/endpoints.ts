/** The operations on users. `me` is an alias for the id of the caller's account. */
import { type Call, type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { EraseAccount } from "#core/contract/module.ts";
import type { Principal } from "#core/contract/principal.ts";
import { callerAccountId } from "#features/identity/accounts/caller.ts";
import { currentRow, readRow } from "#features/resources/collections/handlers.ts";
import { operationsOf, patchOf } from "#features/resources/collections/operations.ts";
import { changePolicy, readPolicy } from "#features/resources/policies.ts";
import { userCollection } from "./collection.ts";
import { UserInput, UserResource } from "./contract.ts";
import { changeUser, deleteUser } from "./handlers.ts";

const TAG = "Users";

const PATCH = {
  merge: { name: "Ada Moreno-Quist" },
  json: [
    { op: "test", path: "/id", value: UserResource.example.id },
    { op: "replace", path: "/name", value: "Ada Moreno-Reyes" },
  ],
} as const;

const USER = operationsOf({
  collection: userCollection,
  path: "/v1/users",
  tag: TAG,
  one: "a user",
  many: "users",
  exampleFields: ["id", "name", "role"],
});

const ME = {
  path: "/v1/users/me",
  aliasOf: (principal: Principal) => UserResource.path(callerAccountId(principal)),
  tag: TAG,
  success: { kind: "resource", status: 200, resource: UserResource },
  problems: ["not-found"],
} as const;

export function userEndpoints(eraseAccount: EraseAccount): readonly Endpoint[] {
  return [
    USER.list(
      "Returns a page of all users, by cursor or by page number in a snapshot. Needs the staff or admin role and the scope `users:read`.",
    ),
    endpoint({
      contract: {
        ...ME,
        operationId: "readMe",
        method: "GET",
        summary: "Read your account",
        description:
          "Returns the account that the caller acts as, the same resource as under its id. Needs the scope `users:read`. Returns 404 if the token's subject has no account in this service.",
        query: USER.query,
      },
      policy: readPolicy("users"),
      handler: (call) => readRow(userCollection, call, callerAccountId(call.principal)),
    }),
    endpoint({
      contract: {
        ...ME,
        operationId: "changeMe",
        method: "PATCH",
        summary: "Change your account",
        description:
          "Applies a merge patch or a JSON Patch if the account's ETag still matches `If-Match`. You can change your name; only admins can change the email address and the role. Needs the scope `users:write`.",
        body: patchOf(UserInput, PATCH),
      },
      policy: changePolicy("users"),
      current: (call: Call<unknown, unknown, undefined>) =>
        currentRow(userCollection, call, callerAccountId(call.principal)),
      handler: changeUser,
    }),
    USER.read("Returns your account or, for staff and admins, any account. Needs the scope `users:read`."),
    USER.change(
      "Applies a merge patch or a JSON Patch if the user's ETag still matches `If-Match`. You can change your own name. Admins with the scopes `users:write` and `admin` can change the name, email address and role of any user. A change of the role revokes the account's access tokens.",
      { examples: PATCH, handler: changeUser },
    ),
    USER.delete(
      "Deletes your account or, for admins, any account, if its ETag still matches `If-Match`. Its credentials, API keys, tokens and all personal data are removed at once. The id is never used again.",
      { problems: ["conflict"], handler: (call) => deleteUser(call, eraseAccount) },
    ),
  ];
}

/** How users are stored and listed. */
import { listParameter, textParameter } from "#core/contract/parameters.ts";
import { ROLES } from "#core/contract/principal.ts";
import { defineCollection } from "#features/resources/collections/collection.ts";
import { UserInput, UserResource } from "./contract.ts";
import { listedUsers, users } from "./queries.ts";

export const userCollection = defineCollection({
  resource: UserResource,
  idPrefix: "user",
  table: users,
  input: UserInput,
  sortKeys: ["created_at", "name", "email"],
  filters: [
    {
      member: "role",
      operator: "one-of",
      parameter: listParameter({
        max: ROLES.length,
        description: "Returns only users with one of these roles.",
        example: ["customer"],
        values: ROLES,
      }),
    },
    {
      member: "email",
      operator: "equals",
      parameter: textParameter({
        max: 254,
        description: "Returns only the user with this email address. The comparison ignores case.",
        example: "ada@example.com",
      }),
    },
  ],
  hasSnapshots: true,
  selected: { where: listedUsers() },
});

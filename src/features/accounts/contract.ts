/** The wire format of users. Users are people; the accounts of service clients are not users. */
import { z } from "@hono/zod-openapi";
import {
  fieldsParameter,
  listParameter,
  pagingParameters,
  sortParameter,
  textParameter,
} from "#core/contract/parameters.ts";
import { ROLES } from "#core/contract/principal.ts";
import { defineResource } from "#core/contract/resource.ts";
import { lowerAscii } from "#core/http/ascii.ts";
import { normalizeEmail } from "#features/identity/accounts/email.ts";
import { idSchema, lineSchema, timestampSchema } from "#features/resources/members.ts";

export const SORT_KEYS = ["created_at", "name", "email"] as const;
export type SortName = (typeof SORT_KEYS)[number];

const id = idSchema("user", "user_01hk153x00f11trzsef1g2m40f").openapi({
  description: "Identifies the account. The service assigns it, and it never changes.",
});

/** Email addresses are stored in lower case. */
const email = z
  .string()
  .refine((text) => normalizeEmail(text) === lowerAscii(text), { error: "must be an email address" })
  .overwrite(lowerAscii)
  .openapi({
    format: "email",
    minLength: 6,
    maxLength: 254,
    pattern: "^[^@\\s]{1,64}@[^@\\s]+\\.[^@\\s]+$",
    example: "ada@example.com",
    description: "The email address that the account signs in with, in lower case. No two accounts share one.",
  });

const writable = {
  email,
  name: lineSchema({ min: 1, max: 200, example: "Ada Moreno" }).openapi({
    description: "The person's name.",
  }),
  role: z.enum(ROLES).openapi({
    example: "customer",
    description: "The role, which determines what the account may do. Only admins can change it.",
  }),
};

/** The writable members of a user. People can change only the name of their own account. */
export const UserInput = z.strictObject(writable).openapi("UserInput");

export const UserSchema = z
  .strictObject({
    id,
    ...writable,
    created_at: timestampSchema("2024-01-01T00:00:00.000Z").openapi({
      description: "When the account was created.",
    }),
    updated_at: timestampSchema("2024-01-01T00:00:00.000Z").openapi({
      description: "When the account last changed.",
    }),
  })
  .openapi("User");

export type User = z.output<typeof UserSchema>;

/** The first user of the demo data, so every example works as it stands. */
export const UserResource = defineResource({
  name: "User",
  collection: "users",
  owner: "id",
  schema: UserSchema,
  example: {
    id: "user_01hk153x00f11trzsef1g2m40f",
    email: "ada@example.com",
    name: "Ada Moreno",
    role: "customer",
    created_at: "2024-01-01T00:00:00.000Z",
    updated_at: "2024-01-01T00:00:00.000Z",
  },
  path: (userId) => `/v1/users/${userId}`,
});

export const UserParams = z.object({ id });

const fields = fieldsParameter(UserSchema, ["id", "name", "role"]);

export const UserQuery = z.object({ fields: fields.optional() });

export const UserListQuery = z.object({
  ...pagingParameters(),
  sort: sortParameter(SORT_KEYS).optional(),
  fields: fields.optional(),
  "filter[role]": listParameter({
    max: ROLES.length,
    description: "Returns only users with one of these roles.",
    example: ["customer"],
    values: ROLES,
  }).optional(),
  "filter[email]": textParameter({
    max: 254,
    description: "Returns only the user with this email address. The comparison ignores case.",
    example: "ada@example.com",
  }).optional(),
});

export type UserListParameters = z.output<typeof UserListQuery>;

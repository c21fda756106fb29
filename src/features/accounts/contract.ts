/** The wire format of users. Users are people; the accounts of service clients are not users. */
import { z } from "@hono/zod-openapi";
import { ROLES } from "#core/contract/principal.ts";
import { defineResource } from "#core/contract/resource.ts";
import { lowerAscii } from "#core/http/ascii.ts";
import { normalizeEmail } from "#features/identity/accounts/email.ts";
import { idMember, lineSchema, timeMembers } from "#features/resources/members.ts";

const EXAMPLE_ID = "user_01hk153x00f11trzsef1g2m40f";
const CREATED_AT = "2024-01-01T00:00:00.000Z";

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

/** The writable members of a user. People can change only the name of their own account. */
export const UserInput = z
  .strictObject({
    email,
    name: lineSchema({ min: 1, max: 200, example: "Ada Moreno" }).openapi({
      description: "The person's name.",
    }),
    role: z.enum(ROLES).openapi({
      example: "customer",
      description: "The role, which determines what the account may do. Only admins can change it.",
    }),
  })
  .openapi("UserInput");

export const UserSchema = z
  .strictObject({
    id: idMember("account", "user", EXAMPLE_ID),
    ...UserInput.shape,
    ...timeMembers("account", CREATED_AT),
  })
  .openapi("User");

export type User = z.output<typeof UserSchema>;

/** The first user of the demo data, so that every example works unchanged. */
export const UserResource = defineResource({
  name: "User",
  collection: "users",
  owner: "id",
  schema: UserSchema,
  example: {
    id: EXAMPLE_ID,
    email: "ada@example.com",
    name: "Ada Moreno",
    role: "customer",
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
  },
  path: (userId) => `/v1/users/${userId}`,
});

/** The wire format of API keys. */
import { z } from "@hono/zod-openapi";
import { defineResource } from "#core/contract/resource.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { API_KEY_CHARACTERS, API_KEY_PATTERN, hintOf } from "#features/identity/api-keys/format.ts";
import {
  idSchema,
  lineSchema,
  overlapSchema,
  sentTimestampSchema,
  timeMembers,
  timestampSchema,
} from "#features/resources/members.ts";

const EXPIRY = "2030-12-31T23:59:59.000Z";
/** Well-formed but invalid: its checksum is wrong. */
const EXAMPLE_SECRET = "sluice_0fN7QmX2cVbT5yKpRw8sHdLg4Zj_1aB2cD";

const id = idSchema("key", "key_01hk31c5g0f8ga5k2m3n4p5q6r").openapi({
  description: "Identifies the key in requests about it. It is not the secret.",
});
const secret = z
  .string()
  .regex(new RegExp(`^${API_KEY_PATTERN}$`))
  .max(API_KEY_CHARACTERS)
  .openapi({
    description: "The value to send as the bearer token. Only this response contains it.",
    example: EXAMPLE_SECRET,
  });

const name = lineSchema({ min: 1, max: 100, example: "Nightly import" }).openapi({
  description: "The purpose of the key, in your own words.",
});
/** `schemasFor()` limits them to the scopes that the modules declare. */
const scopes = z.array(z.string());
const EXPIRY_MEANING = "The time from which the key is refused. Absent: the key does not expire.";
const expiresAt = timestampSchema(EXPIRY).optional().openapi({ description: EXPIRY_MEANING });
const sentExpiresAt = sentTimestampSchema(EXPIRY)
  .optional()
  .openapi({ description: `${EXPIRY_MEANING} Any RFC 3339 format is accepted.` });

/** The members that a client may set when it creates a key. */
export const ApiKeyInput = z.strictObject({ name, scopes, expires_at: sentExpiresAt });

/** The members that a client may change. */
export const ApiKeyChange = z.strictObject({ name, expires_at: sentExpiresAt }).openapi("ApiKeyChange");

export const ApiKeySchema = z.strictObject({
  id,
  user_id: idSchema("user", "user_01hk153x00f11trzsef1g2m40f").openapi({
    description: "The account that the key acts for.",
  }),
  name,
  hint: z
    .string()
    .regex(/^sluice_[0-9A-Za-z]{5}$/)
    .max(12)
    .openapi({ description: "The first characters of the secret.", example: hintOf(EXAMPLE_SECRET) }),
  scopes,
  client_id: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{1,64}$/)
    .max(64)
    .optional()
    .openapi({
      description:
        "The OAuth client that received the secret. The key ends with the client, and loses the scopes that the client loses. Absent: unknown.",
      example: "demo-app",
    }),
  expires_at: expiresAt,
  last_used_on: z.iso.date().max(10).optional().openapi({
    description: "The day (UTC) on which the key was last used. Absent: never used.",
    example: "2024-03-01",
  }),
  previous_secret_expires_at: timestampSchema("2024-03-02T09:11:00.422Z")
    .optional()
    .openapi({ description: "The time until which the previous secret is accepted. Absent: never rotated." }),
  ...timeMembers("key", "2024-01-01T09:11:00.422Z"),
});

export type ApiKey = z.output<typeof ApiKeySchema>;

export const EXAMPLE_INPUT: z.input<typeof ApiKeyInput> = {
  name: "Nightly import",
  scopes: ["users:read"],
  expires_at: EXPIRY,
};

export const ApiKeyResource = defineResource({
  name: "ApiKey",
  collection: "api_keys",
  owner: "user_id",
  schema: ApiKeySchema,
  example: {
    id: "key_01hk31c5g0f8ga5k2m3n4p5q6r",
    user_id: "user_01hk153x00f11trzsef1g2m40f",
    name: "Nightly import",
    hint: hintOf(EXAMPLE_SECRET),
    scopes: ["users:read"],
    client_id: "demo-app",
    expires_at: EXPIRY,
    created_at: "2024-01-01T09:11:00.422Z",
    updated_at: "2024-01-01T09:11:00.422Z",
  },
  path: (keyId) => `/v1/api-keys/${keyId}`,
});

/** The schemas that name the scopes of the modules. */
export function schemasFor(declared: Scopes) {
  const names = Object.keys(declared);
  const known = z
    .array(z.enum(names))
    .min(1)
    .max(names.length)
    .openapi({
      description: "The scopes of the key. A scope has no effect once the account or the client loses it.",
      example: ["users:read"],
    });
  const schema = ApiKeySchema.extend({ scopes: known }).openapi("ApiKey");
  return {
    input: ApiKeyInput.extend({ scopes: known }).openapi("ApiKeyInput"),
    resource: { ...ApiKeyResource, schema },
  };
}

/** The member that only the response which creates the secret contains. */
export const SECRET_ONCE = { schema: z.object({ secret }), example: { secret: EXAMPLE_SECRET } };

export const ApiKeyRotation = z.strictObject({ overlap_seconds: overlapSchema() }).openapi("ApiKeyRotation");

/** The wire format of OAuth clients. Members that RFC 7591 defines keep their names. */
import { z } from "@hono/zod-openapi";
import { ROLES } from "#core/contract/principal.ts";
import { defineResource } from "#core/contract/resource.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { MAX_REDIRECT_URI_CHARACTERS, redirectUriFault } from "#features/identity/clients/redirect-uris.ts";
import {
  CLIENT_TYPES,
  clientFaults,
  GRANT_TYPES,
  MAX_CLIENT_NAME,
  MAX_REDIRECT_URIS,
} from "#features/identity/clients/rules.ts";
import { CLIENT_SECRET_CHARACTERS, CLIENT_SECRET_PATTERN } from "#features/identity/clients/secrets.ts";
import { requestableScopes } from "#features/identity/server/scopes.ts";
import { idSchema, lineSchema, overlapSchema, timeMembers, timestampSchema } from "#features/resources/members.ts";

/** Well-formed but invalid: its checksum is wrong. */
const EXAMPLE_SECRET = "sluice_client_0fN7QmX2cVbT5yKpRw8sHdLg4ZjA9eUiOx3vWnB6tSk_1aB2cD";

const id = idSchema("client", "client_01hk15d1z0e9gtp5q9bp10ycbh").openapi({
  description: "Identifies the registration in requests about it. OAuth requests use `client_id`.",
});

const redirectUri = textUnder(redirectUriFault).openapi({
  minLength: 1,
  maxLength: MAX_REDIRECT_URI_CHARACTERS,
  pattern:
    "^(https://[^#*/?\\s]|http://(127[.]0[.]0[.]1|\\[::1\\])([:/?]|$)|[a-z][a-z0-9+-]*([.][a-z0-9+-]+)+:)[^#*\\s]*$",
});

const redirectUris = z.array(redirectUri).max(MAX_REDIRECT_URIS);

/** Text under a rule that dynamic registration applies, too. */
function textUnder(faultOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  });
}

const type = z.enum(CLIENT_TYPES).openapi({
  description: "Whether the client can keep a secret: `confidential` or `public`.",
  example: "confidential",
});

const changeable = {
  name: lineSchema({ min: 1, max: MAX_CLIENT_NAME, example: "Storefront" }).openapi({
    description: "The name that the consent page shows.",
  }),
  redirect_uris: redirectUris.openapi({
    description:
      "The URIs that the browser can be redirected to after authorization. They are compared as text; a loopback address matches on every port. `authorization_code` needs at least one; without it the list must be empty.",
    example: ["https://shop.example.com/callback"],
  }),
  post_logout_redirect_uris: redirectUris.openapi({
    description:
      "The URIs that the browser can be redirected to after logout, compared as text (OpenID Connect RP-Initiated Logout). Allowed only with a grant that people consent to.",
    example: ["https://shop.example.com/"],
  }),
  grant_types: z
    .array(z.enum(GRANT_TYPES))
    .min(1)
    .max(GRANT_TYPES.length)
    .openapi({
      description: "The grants by which the client gets tokens.",
      example: ["authorization_code", "refresh_token"],
    }),
  /** `schemasFor()` limits them to the scopes that the modules declare. */
  scopes: z.array(z.string()),
  requires_dpop: z
    .boolean()
    .openapi({ description: "Whether the client's tokens must be bound to a key (DPoP, RFC 9449).", example: false }),
};

type Together = Parameters<typeof clientFaults>[0];

function checkTogether(client: Together, context: z.RefinementCtx): void {
  for (const { member, rule } of clientFaults(client)) {
    context.addIssue({ code: "custom", path: [member], message: rule });
  }
}

/** The members that an admin may set when registering a client. */
export const OauthClientInput = z
  .strictObject({
    type,
    name: changeable.name,
    redirect_uris: changeable.redirect_uris.default([]),
    post_logout_redirect_uris: changeable.post_logout_redirect_uris.default([]),
    grant_types: changeable.grant_types,
    scopes: changeable.scopes,
    requires_dpop: changeable.requires_dpop.default(false),
    account_role: z.enum(ROLES).optional().openapi({
      description: "The role of the account that the client acts as with `client_credentials`. Default: `customer`.",
      example: "customer",
    }),
  })
  .superRefine(checkTogether);

/** The members that an admin may change. */
export const OauthClientChange = z.strictObject(changeable).superRefine(checkTogether);

export const OauthClientSchema = z.strictObject({
  id,
  client_id: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{1,64}$/)
    .max(64)
    .openapi({ description: "The client's identifier in OAuth requests.", example: "demo-service" }),
  type,
  ...changeable,
  account_id: idSchema("user", "user_01hk15d1z0fefba7ydg81tavje").optional().openapi({
    description:
      "The account that the client acts as with `client_credentials`. Absent if the client never had this grant.",
  }),
  previous_secret_expires_at: timestampSchema("2024-03-02T09:11:00.422Z")
    .optional()
    .openapi({ description: "The time until which the previous secret is accepted. Absent: never rotated." }),
  ...timeMembers("registration", "2024-01-01T00:05:00.000Z"),
});

export type OauthClient = z.output<typeof OauthClientSchema>;

export const EXAMPLE_INPUT: z.input<typeof OauthClientInput> = {
  type: "confidential",
  name: "Storefront",
  redirect_uris: ["https://shop.example.com/callback"],
  post_logout_redirect_uris: ["https://shop.example.com/"],
  grant_types: ["authorization_code", "refresh_token"],
  scopes: ["openid", "offline_access", "users:read", "users:write"],
};

export const OauthClientResource = defineResource({
  name: "OauthClient",
  collection: "oauth_clients",
  schema: OauthClientSchema,
  example: {
    id: "client_01hk15d1z0e9gtp5q9bp10ycbh",
    client_id: "demo-service",
    type: "confidential",
    name: "Demo Storefront",
    redirect_uris: [],
    post_logout_redirect_uris: [],
    grant_types: ["client_credentials"],
    scopes: ["users:read", "users:write"],
    requires_dpop: false,
    account_id: "user_01hk15d1z0fefba7ydg81tavje",
    created_at: "2024-01-01T00:05:00.000Z",
    updated_at: "2024-01-01T00:05:00.000Z",
  },
  path: (oauthClientId) => `/v1/oauth-clients/${oauthClientId}`,
});

/** The schemas that name the scopes of the modules. */
export function schemasFor(declared: Scopes) {
  const names = requestableScopes(declared);
  const scopes = z
    .array(z.enum(names))
    .min(1)
    .max(names.length)
    .openapi({
      description: "The scopes that the client can request.",
      example: ["openid", "users:read", "users:write"],
    });
  return {
    input: OauthClientInput.safeExtend({ scopes }).openapi("OauthClientInput"),
    change: OauthClientChange.safeExtend({ scopes }).openapi("OauthClientChange"),
    resource: { ...OauthClientResource, schema: OauthClientSchema.extend({ scopes }).openapi("OauthClient") },
  };
}

/** The member that only the response which creates the secret contains. */
export const SECRET_ONCE = {
  schema: z.object({
    client_secret: z
      .string()
      .regex(new RegExp(`^${CLIENT_SECRET_PATTERN}$`))
      .max(CLIENT_SECRET_CHARACTERS)
      .optional()
      .openapi({
        description: "The secret. Only this response contains it. Absent for a public client.",
        example: EXAMPLE_SECRET,
      }),
  }),
  example: { client_secret: EXAMPLE_SECRET },
};

export const OauthClientRotation = z.strictObject({ overlap_seconds: overlapSchema() }).openapi("OauthClientRotation");

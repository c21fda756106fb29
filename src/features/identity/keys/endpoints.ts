/** The signing keys as administrators see them: ids, states and times, never the key material. */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import { type Call, endpoint } from "#core/contract/endpoint.ts";
import { SIGNING_KEYS } from "./abilities.ts";
import { rotate, usableKeys } from "./keys.ts";
import { type StoredKey, selectKeys } from "./store.ts";

const TAG = "Identity";
const MEDIA_TYPE = "application/json";

const momentSchema = z.iso.datetime({ precision: 3 }).openapi({ format: "date-time", minLength: 24, maxLength: 24 });

const keysSchema = z
  .strictObject({
    keys: z
      .array(
        z.strictObject({
          kid: z.string().max(64).openapi({ pattern: "^[A-Za-z0-9_-]+$", description: "The key id in token headers." }),
          state: z
            .enum(["current", "next", "previous"])
            .openapi({ description: "The state of the key. The current key signs; all keys verify." }),
          created_at: momentSchema.openapi({ description: "When the key was created." }),
          activated_at: momentSchema.optional().openapi({ description: "When the key started to sign." }),
          retired_at: momentSchema.optional().openapi({ description: "When the key stopped signing." }),
        }),
      )
      .max(100)
      .openapi({ description: "All keys that verify tokens." }),
  })
  .openapi("SigningKeys", { description: "The signing keys of access tokens." });

const EXAMPLE: z.output<typeof keysSchema> = {
  keys: [
    {
      kid: "Tm8c3zXbqEoB5sO7k2fJ1vYwR9dLhUaP4gNxKiQeM6A",
      state: "current",
      created_at: "2026-01-01T00:00:00.000Z",
      activated_at: "2026-01-31T00:00:00.000Z",
    },
  ],
};

const success = { kind: "document", status: 200, mediaType: MEDIA_TYPE, schema: keysSchema, example: EXAMPLE } as const;

async function listKeys(call: Call<unknown, unknown, undefined>): Promise<DocumentAnswer> {
  await usableKeys(call);
  return answerOf(await selectKeys(call.database));
}

async function rotateKeys(call: Call<unknown, unknown, undefined>): Promise<DocumentAnswer> {
  await rotate(call, { force: true });
  return answerOf(await selectKeys(call.database));
}

function answerOf(stored: readonly StoredKey[]): DocumentAnswer {
  const keys = stored.map(({ kid, state, createdAt, activatedAt, retiredAt }) => ({
    kid,
    state,
    created_at: momentOf(createdAt),
    ...(activatedAt === null ? {} : { activated_at: momentOf(activatedAt) }),
    ...(retiredAt === null ? {} : { retired_at: momentOf(retiredAt) }),
  }));
  return { kind: "document", status: 200, mediaType: MEDIA_TYPE, content: JSON.stringify({ keys }) };
}

function momentOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export const signingKeyEndpoints = [
  endpoint({
    contract: {
      operationId: "listSigningKeys",
      method: "GET",
      path: "/oauth/signing-keys",
      tag: TAG,
      summary: "List the signing keys",
      description: "Returns the id, state and times of each key that signs access tokens. For admins.",
      success,
    },
    policy: {
      access: { action: "read", subject: SIGNING_KEYS },
      limit: { cost: "list" },
      cache: "no-store",
      precondition: "none",
      idempotency: "none",
    },
    handler: listKeys,
  }),
  endpoint({
    contract: {
      operationId: "rotateSigningKeys",
      method: "POST",
      path: "/oauth/signing-keys/rotate",
      tag: TAG,
      summary: "Rotate the signing keys",
      description:
        "Makes the next key the signing key, and publishes a new next key. Earlier tokens stay valid until they expire. The service also rotates its keys every 30 days. For admins.",
      success,
    },
    policy: {
      access: { action: "rotate", subject: SIGNING_KEYS },
      limit: { cost: "write" },
      cache: "no-store",
      precondition: "none",
      idempotency: "honoured",
    },
    handler: rotateKeys,
  }),
];

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
          kid: z.string().max(64).openapi({ pattern: "^[A-Za-z0-9_-]+$", description: "As tokens name it." }),
          state: z
            .enum(["current", "next", "previous"])
            .openapi({ description: "The current one signs; all of them verify." }),
          created_at: momentSchema.openapi({ description: "When it was made." }),
          activated_at: momentSchema.optional().openapi({ description: "When it began to sign." }),
          retired_at: momentSchema.optional().openapi({ description: "When it ceased to." }),
        }),
      )
      .max(100)
      .openapi({ description: "All keys that still verify tokens." }),
  })
  .openapi("SigningKeys", { description: "The keys that access tokens are signed with." });

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
      description: "The keys that access tokens are signed with, by name, state and age. For administrators.",
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
        "The next key signs from now on, and another one is published to follow it. Tokens signed before stay good until they expire. It happens by itself every 30 days. For administrators.",
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

/** How the caller's limits stand: asked without changing them. */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import { type Call, endpoint } from "#core/contract/endpoint.ts";
import type { LimitStanding } from "#core/contract/limit.ts";
import { epochSeconds } from "./headers.ts";

const MEDIA_TYPE = "application/json";

const count = z.int().min(0).max(2_147_483_647);

const standingSchema = z
  .strictObject({
    policy: z.string().max(64).openapi({
      pattern: "^[a-z0-9]+(-[a-z0-9]+)*$",
      description: "The name that the limit has in `RateLimit-Policy`.",
    }),
    limit: count.openapi({ format: "int32", description: "The most tokens it can hold." }),
    remaining: count.openapi({ format: "int32", description: "The whole tokens that are left." }),
    reset: z
      .int()
      .min(0)
      .max(253_402_300_799)
      .openapi({ format: "int64", description: "When all of them are there again, in epoch seconds." }),
  })
  .openapi("LimitStanding", { description: "How one limit stands." });

export const standingsSchema = z
  .strictObject({
    limits: z
      .array(standingSchema)
      .max(16)
      .openapi({ description: "The caller's own first, then those of its address." }),
  })
  .openapi("LimitStandings", { description: "How the limits stand that count the caller's requests." });

/** As the wire has them. */
export function wireStandings(standings: readonly LimitStanding[]): z.output<typeof standingsSchema> {
  return {
    limits: standings.map(({ policy, limit, remaining, resetMs }) => ({
      policy,
      limit,
      remaining,
      reset: epochSeconds(resetMs),
    })),
  };
}

async function readRateLimit({ standings }: Call<unknown, unknown, undefined>): Promise<DocumentAnswer> {
  return {
    kind: "document",
    status: 200,
    mediaType: MEDIA_TYPE,
    content: JSON.stringify(wireStandings(standings)),
  };
}

export const EXAMPLE_STANDINGS = { limits: [{ policy: "default", limit: 100, remaining: 42, reset: 1_795_337_324 }] };

export const limitEndpoints = [
  endpoint({
    contract: {
      operationId: "readRateLimit",
      method: "GET",
      path: "/v1/rate-limit",
      tag: "Limits",
      summary: "Read how your limits stand",
      description:
        "Each limit that counts the caller's requests. Asking takes nothing of the caller's own limits, and ten tokens of the wide ones of its address.",
      success: {
        kind: "document",
        status: 200,
        mediaType: MEDIA_TYPE,
        schema: standingsSchema,
        example: EXAMPLE_STANDINGS,
      },
    },
    policy: { access: "public", limit: { cost: "free" }, cache: "no-store", precondition: "none", idempotency: "none" },
    handler: readRateLimit,
  }),
];

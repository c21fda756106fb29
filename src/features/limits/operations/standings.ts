/** The state of limits as a response: its schema, and the document that has it. */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import type { LimitStanding } from "#core/contract/limit.ts";
import { epochSeconds } from "../headers.ts";

const MEDIA_TYPE = "application/json";

/** The most limits of one key, besides those that endpoints declare. */
const MAX_STANDINGS = 16;

const count = z.int().min(0).max(2_147_483_647);

const standingSchema = z
  .strictObject({
    policy: z.string().max(64).openapi({
      pattern: "^[a-z0-9]+(-[a-z0-9]+)*$",
      description: "The name of the limit, as in `RateLimit-Policy`.",
    }),
    limit: count.openapi({ format: "int32", description: "The most tokens the limit can hold." }),
    remaining: count.openapi({ format: "int32", description: "Whole tokens that are left." }),
    reset: z
      .int()
      .min(0)
      .max(253_402_300_799)
      .openapi({ format: "int64", description: "When the limit is full again, in epoch seconds." }),
  })
  .openapi("LimitStanding", { description: "The state of one limit." });

/** The success of an operation that shows limits, of which endpoints declare `declaredCount` themselves. */
export function standingsSuccess(declaredCount: number) {
  const schema = z
    .strictObject({
      limits: z
        .array(standingSchema)
        .max(MAX_STANDINGS + declaredCount)
        .openapi({ description: "The account's limits first, then those of the address." }),
    })
    .openapi("LimitStandings", { description: "The state of the limits that count a caller's requests." });
  const example = { limits: [{ policy: "default", limit: 100, remaining: 42, reset: 1_795_337_324 }] };
  return documentSuccess(schema, example);
}

export function documentSuccess(schema: z.ZodType, example: unknown) {
  return { kind: "document", status: 200, mediaType: MEDIA_TYPE, schema, example } as const;
}

export function standingsAnswer(standings: readonly LimitStanding[]): DocumentAnswer {
  return documentAnswer({
    limits: standings.map(({ policy, limit, remaining, resetMs }) => ({
      policy,
      limit,
      remaining,
      reset: epochSeconds(resetMs),
    })),
  });
}

export function documentAnswer(value: unknown): DocumentAnswer {
  return { kind: "document", status: 200, mediaType: MEDIA_TYPE, content: JSON.stringify(value) };
}

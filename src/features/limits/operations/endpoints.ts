/**
 * The operations of limits: callers read the state of their own limits, and administrators read, reset and change all
 * limits.
 */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { LimitStanding } from "#core/contract/limit.ts";
import { PLAN_NAMES, principalKey } from "#core/contract/principal.ts";
import { problem } from "#core/http/problem.ts";
import { epochSeconds } from "../headers.ts";
import { allPolicies, declaredPolicies, type Operation } from "../policy/endpoint-limits.ts";
import { LIMITS } from "./abilities.ts";
import {
  type Change,
  changePolicy,
  KEY_PATTERN,
  limitsOf,
  readChanges,
  readStandings,
  resetLimits,
} from "./operator.ts";

const TAG = "Limits";
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

const keySchema = z
  .string()
  .max(600)
  .regex(new RegExp(KEY_PATTERN), { error: "must be `user:ID`, `service:ID` or an address" });

const EXAMPLE_KEY = "user:user_01hk24mtj6fnka55e09a4btv9s";

const query = z.object({
  key: keySchema.optional().openapi({
    example: EXAMPLE_KEY,
    param: {
      description: "An account as `user:ID` or `service:ID`, or an address. Default: the caller's own account.",
    },
  }),
  plan: z
    .enum(PLAN_NAMES)
    .optional()
    .openapi({ example: "free", param: { description: "The account's plan. Default: free." } }),
});

const resetSchema = z
  .strictObject({ key: keySchema.openapi({ description: "An account as `user:ID` or `service:ID`, or an address." }) })
  .openapi("LimitReset", { description: "The account or address whose limits are reset." });

const MAX_TOKENS = 1_000_000_000;
const tokens = z.int().min(1).max(MAX_TOKENS);

const changeShape = {
  capacity: tokens.optional().openapi({ format: "int32", description: "Tokens that the bucket can hold." }),
  refill_per_second: z
    .number()
    .positive()
    .max(MAX_TOKENS)
    .optional()
    .openapi({ format: "double", description: "Tokens that the bucket gains in a second." }),
  limit: tokens.optional().openapi({ format: "int32", description: "Requests that the window admits." }),
  shadow: z
    .boolean()
    .optional()
    .openapi({ description: "Whether the policy is only counted and logged, but not enforced." }),
};

const EXAMPLE_CHANGE = { policy: "default", capacity: 200, refill_per_second: 20 };

function changesAnswer(changes: Readonly<Record<string, Change>>) {
  return documentAnswer({ changes: Object.entries(changes).map(([policy, change]) => ({ policy, ...change })) });
}

const reads = { access: { action: "read", subject: LIMITS }, cache: "no-store", precondition: "none" } as const;
const changes = { ...reads, access: { action: "update", subject: LIMITS } } as const;

/**
 * Declares the operations. They also know the limits that `operations` declare.
 *
 * @throws RangeError if an operation declares an invalid limit
 * @example
 * export const endpoints = [...productEndpoints, ...declareLimitEndpoints(productEndpoints)];
 */
export function declareLimitEndpoints(operations: readonly Operation[]): readonly Endpoint[] {
  const declared = declaredPolicies(operations);
  const policies = allPolicies(declared);
  const standingsSchema = z
    .strictObject({
      limits: z
        .array(standingSchema)
        .max(MAX_STANDINGS + declared.length)
        .openapi({ description: "The account's limits first, then those of the address." }),
    })
    .openapi("LimitStandings", { description: "The state of the limits that count a caller's requests." });
  const success = documentSuccess(standingsSchema, {
    limits: [{ policy: "default", limit: 100, remaining: 42, reset: 1_795_337_324 }],
  });
  const policyName = z.enum([...policies.keys()]);

  const changesSchema = z
    .strictObject({
      changes: z
        .array(
          z.strictObject({
            policy: policyName.openapi({ description: "The policy that was changed." }),
            ...changeShape,
          }),
        )
        .max(policies.size)
        .openapi({ description: "The changed members of each changed policy." }),
    })
    .openapi("LimitChanges", { description: "The policies that were changed without a deploy." });

  const changeSchema = z
    .strictObject({ policy: policyName.openapi({ description: "The policy to change." }), ...changeShape })
    .openapi("LimitChange", {
      description: "The members to change. Without any, the policy is restored as in the code.",
    });

  const changesSuccess = documentSuccess(changesSchema, { changes: [EXAMPLE_CHANGE] });

  return [
    endpoint({
      contract: {
        operationId: "readRateLimit",
        method: "GET",
        path: "/v1/rate-limit",
        tag: TAG,
        summary: "Read the state of your limits",
        description:
          "Shows each limit that counts the caller's requests. It takes nothing from the caller's own limits, and ten tokens from the limits that all callers at its address share.",
        success,
      },
      policy: {
        access: "public",
        limit: { cost: "free" },
        cache: "no-store",
        precondition: "none",
        idempotency: "none",
      },
      handler: async ({ standings }) => standingsAnswer(standings),
    }),
    endpoint({
      contract: {
        operationId: "listLimits",
        method: "GET",
        path: "/v1/limits",
        tag: TAG,
        summary: "List the limits of an account or an address",
        description: "Shows the state of each limit, read from the object that counts it. For administrators.",
        query,
        success,
      },
      policy: { ...reads, limit: { cost: "list" }, idempotency: "none" },
      handler: async (call) => {
        const { key = principalKey(call.principal), plan = "free" } = call.query;
        return standingsAnswer(await readStandings(limitsOf(key, [plan], declared), policies, call));
      },
    }),
    endpoint({
      contract: {
        operationId: "createLimitReset",
        method: "POST",
        path: "/v1/limit-resets",
        tag: TAG,
        summary: "Reset the limits of an account or an address",
        description:
          "Fills every limit of an account or an address and returns their state. Refused clients are admitted again within some seconds. For administrators.",
        body: { kind: "json", schema: resetSchema, example: { key: EXAMPLE_KEY } },
        success,
      },
      policy: { ...changes, limit: { cost: "write" }, idempotency: "honoured" },
      handler: async (call) => {
        const limits = limitsOf(call.body.key, PLAN_NAMES, declared);
        await resetLimits(limits, call);
        return standingsAnswer(await readStandings(limits, policies, call));
      },
    }),
    endpoint({
      contract: {
        operationId: "listLimitChanges",
        method: "GET",
        path: "/v1/limit-changes",
        tag: TAG,
        summary: "List the changed policies",
        description: "Lists the limits that were changed without a deploy. For administrators.",
        success: changesSuccess,
      },
      policy: { ...reads, limit: { cost: "list" }, idempotency: "none" },
      handler: async (call) => changesAnswer(await readChanges(call, policies)),
    }),
    endpoint({
      contract: {
        operationId: "createLimitChange",
        method: "POST",
        path: "/v1/limit-changes",
        tag: TAG,
        summary: "Change a policy",
        description:
          "Changes a limit for all clients within a minute or two, without a deploy. The new value is at least a tenth and at most ten times the value in the code. Returns all changes. For administrators.",
        body: { kind: "json", schema: changeSchema, example: EXAMPLE_CHANGE },
        success: changesSuccess,
      },
      policy: { ...changes, limit: { cost: "write" }, idempotency: "honoured" },
      handler: async (call) => {
        const { policy, ...change } = call.body;
        try {
          return changesAnswer(await changePolicy(policy, change, policies, call));
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          const detail = `The change is not possible: ${error.message}.`;
          throw problem("validation-error", { detail, errors: [{ pointer: "#", code: "out-of-bounds", detail }] });
        }
      },
    }),
  ];
}

function documentSuccess(schema: z.ZodType, example: unknown) {
  return { kind: "document", status: 200, mediaType: MEDIA_TYPE, schema, example } as const;
}

function standingsAnswer(standings: readonly LimitStanding[]): DocumentAnswer {
  return documentAnswer({
    limits: standings.map(({ policy, limit, remaining, resetMs }) => ({
      policy,
      limit,
      remaining,
      reset: epochSeconds(resetMs),
    })),
  });
}

function documentAnswer(value: unknown): DocumentAnswer {
  return { kind: "document", status: 200, mediaType: MEDIA_TYPE, content: JSON.stringify(value) };
}

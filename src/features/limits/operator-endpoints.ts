/** The operations of `npm run limits`, for administrators: how others' limits stand, giving them back, changing them. */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import { endpoint } from "#core/contract/endpoint.ts";
import { PLAN_NAMES, principalKey } from "#core/contract/principal.ts";
import { problem } from "#core/http/problem.ts";
import { LIMITS } from "./abilities.ts";
import { EXAMPLE_STANDINGS, standingsSchema, wireStandings } from "./endpoints.ts";
import { type Change, changePolicy, giveBackAll, KEY_PATTERN, limitsOf, lookAt, readChanges } from "./operator.ts";
import { POLICIES } from "./policies.ts";

const TAG = "Limits";
const MEDIA_TYPE = "application/json";
const POLICY_NAMES = [...POLICIES.keys()];

const keySchema = z
  .string()
  .max(600)
  .regex(new RegExp(KEY_PATTERN), { error: "must be `user:ID`, `service:ID` or an address" });

const EXAMPLE_KEY = "user:user_01hk24mtj6fnka55e09a4btv9s";

const query = z.object({
  key: keySchema.optional().openapi({
    example: EXAMPLE_KEY,
    param: {
      description: "An account, as `user:ID` or `service:ID`, or an address. Default: the caller's own account.",
    },
  }),
  plan: z
    .enum(PLAN_NAMES)
    .optional()
    .openapi({ example: "free", param: { description: "The account's plan. Default free." } }),
});

const resetSchema = z
  .strictObject({ key: keySchema.openapi({ description: "An account, as `user:ID` or `service:ID`, or an address." }) })
  .openapi("LimitReset", { description: "Whose limits are to be given back." });

const standingsSuccess = {
  kind: "document",
  status: 200,
  mediaType: MEDIA_TYPE,
  schema: standingsSchema,
  example: EXAMPLE_STANDINGS,
} as const;

const MAX_TOKENS = 1_000_000_000;
const tokens = z.int().min(1).max(MAX_TOKENS);

const changeShape = {
  capacity: tokens.optional().openapi({ format: "int32", description: "Tokens that the bucket can hold." }),
  refill_per_second: z
    .number()
    .positive()
    .max(MAX_TOKENS)
    .optional()
    .openapi({ format: "double", description: "Tokens that come back in a second." }),
  limit: tokens.optional().openapi({ format: "int32", description: "Attempts that the window admits." }),
  shadow: z
    .boolean()
    .optional()
    .openapi({ description: "Whether the policy is only watched: counted, never refusing." }),
};

const changesSchema = z
  .strictObject({
    changes: z
      .array(
        z.strictObject({
          policy: z.enum(POLICY_NAMES).openapi({ description: "The policy that the change is about." }),
          ...changeShape,
        }),
      )
      .max(POLICY_NAMES.length)
      .openapi({ description: "Of each changed policy what is not as in code." }),
  })
  .openapi("LimitChanges", { description: "The policies that were changed without a deploy." });

const EXAMPLE_CHANGE = { policy: "default", capacity: 200, refill_per_second: 20 };

const changeSchema = z
  .strictObject({ policy: z.enum(POLICY_NAMES).openapi({ description: "Which policy." }), ...changeShape })
  .openapi("LimitChange", { description: "What is to be changed of a policy; nothing: it is again as in code." });

const changesSuccess = {
  kind: "document",
  status: 200,
  mediaType: MEDIA_TYPE,
  schema: changesSchema,
  example: { changes: [EXAMPLE_CHANGE] },
} as const;

function answer(value: unknown): DocumentAnswer {
  return { kind: "document", status: 200, mediaType: MEDIA_TYPE, content: JSON.stringify(value) };
}

function wireChanges(changes: Readonly<Record<string, Change>>) {
  return { changes: Object.entries(changes).map(([policy, change]) => ({ policy, ...change })) };
}

const reads = { access: { action: "read", subject: LIMITS }, cache: "no-store", precondition: "none" } as const;
const changes = { ...reads, access: { action: "update", subject: LIMITS } } as const;

export const operatorEndpoints = [
  endpoint({
    contract: {
      operationId: "listLimits",
      method: "GET",
      path: "/v1/limits",
      tag: TAG,
      summary: "List how somebody's limits stand",
      description: "Each limit of an account or an address, as the objects that count have it. For administrators.",
      query,
      success: standingsSuccess,
    },
    policy: { ...reads, limit: { cost: "list" }, idempotency: "none" },
    handler: async (call) => {
      const { key = principalKey(call.principal), plan = "free" } = call.query;
      return answer(wireStandings(await lookAt(limitsOf(key, [plan]), call)));
    },
  }),
  endpoint({
    contract: {
      operationId: "createLimitReset",
      method: "POST",
      path: "/v1/limit-resets",
      tag: TAG,
      summary: "Give somebody's limits back",
      description:
        "Fills every limit of an account or an address, and answers how they then stand. Who was refused is let in again within some seconds. For administrators.",
      body: { kind: "json", schema: resetSchema, example: { key: EXAMPLE_KEY } },
      success: standingsSuccess,
    },
    policy: { ...changes, limit: { cost: "write" }, idempotency: "honoured" },
    handler: async (call) => {
      const limits = limitsOf(call.body.key, PLAN_NAMES);
      await giveBackAll(limits, call);
      return answer(wireStandings(await lookAt(limits, call)));
    },
  }),
  endpoint({
    contract: {
      operationId: "listLimitChanges",
      method: "GET",
      path: "/v1/limit-changes",
      tag: TAG,
      summary: "List the changed policies",
      description: "What was changed of the service's limits without a deploy. For administrators.",
      success: changesSuccess,
    },
    policy: { ...reads, limit: { cost: "list" }, idempotency: "none" },
    handler: async (call) => answer(wireChanges(await readChanges(call))),
  }),
  endpoint({
    contract: {
      operationId: "createLimitChange",
      method: "POST",
      path: "/v1/limit-changes",
      tag: TAG,
      summary: "Change a policy",
      description:
        "Changes a limit for everybody within a minute or two, without a deploy; at most ten times larger or smaller than it is in code. Answers with all changes. For administrators.",
      body: { kind: "json", schema: changeSchema, example: EXAMPLE_CHANGE },
      success: changesSuccess,
    },
    policy: { ...changes, limit: { cost: "write" }, idempotency: "honoured" },
    handler: async (call) => {
      const { policy, ...change } = call.body;
      try {
        return answer(wireChanges(await changePolicy(policy, change, call)));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const detail = `The change is not possible: ${error.message}.`;
        throw problem("validation-error", { detail, errors: [{ pointer: "#", code: "out-of-bounds", detail }] });
      }
    },
  }),
];

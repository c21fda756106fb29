/** The operations of `npm run limits`, for administrators: reading, resetting and changing limits. */
import { z } from "@hono/zod-openapi";
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import { PLAN_NAMES, principalKey } from "#core/contract/principal.ts";
import { problem } from "#core/http/problem.ts";
import type { EndpointPolicy } from "../policy/endpoint-limits.ts";
import type { Policies } from "../policy/policy.ts";
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
import { documentAnswer, documentSuccess, standingsAnswer, type standingsSuccess } from "./standings.ts";

const TAG = "Limits";

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

/** The administrators' operations for all `policies`, of which endpoints declare `declared` themselves. */
export function operatorEndpoints(
  declared: readonly EndpointPolicy[],
  policies: Policies,
  success: ReturnType<typeof standingsSuccess>,
): readonly Endpoint[] {
  const policyName = z.enum([...policies.keys()]);

  const changesSchema = z
    .strictObject({
      changes: z
        .array(z.strictObject({ policy: policyName, ...changeShape }))
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
        operationId: "listLimits",
        method: "GET",
        path: "/v1/limits",
        tag: TAG,
        summary: "List the limits of an account or an address",
        description: "Shows the state of each limit, as the objects that count have it. For administrators.",
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
        description: "Lists what was changed in the service's limits without a deploy. For administrators.",
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
          "Changes a limit for all clients within a minute or two, without a deploy, to at most ten times or at least a tenth of its value in the code. Returns all changes. For administrators.",
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

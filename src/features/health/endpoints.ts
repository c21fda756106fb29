/**
 * Health endpoints for machines. `/livez` depends on nothing; `/readyz` and `/health` check the dependencies that the
 * service cannot work without, each within a time limit. They are never cached and never rate limited.
 */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import { type Call, endpoint } from "#core/contract/endpoint.ts";
import { HEALTH_CHECKS } from "./abilities.ts";
import { answersDatabase, type CheckResult } from "./checks.ts";
import { LIVENESS, LIVENESS_PATH } from "./liveness.ts";

const TAG = "Health";
const MEDIA_TYPE = "application/health+json";

const statusSchema = z
  .enum(["pass", "warn", "fail"])
  .openapi({ description: "`pass`: healthy. `warn`: healthy, with concerns. `fail`: unhealthy." });

const livenessSchema = z
  .strictObject({ status: z.literal("pass").openapi({ description: "Always `pass`." }) })
  .openapi("Liveness");
const readinessSchema = z.strictObject({ status: statusSchema }).openapi("Readiness");
const healthSchema = z
  .strictObject({
    status: statusSchema,
    version: z
      .string()
      .max(64)
      .openapi({ pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+", description: "The version of the service (SemVer)." }),
    checks: z
      .strictObject({
        "d1:responseTime": z
          .array(
            z.strictObject({
              componentType: z.literal("datastore").openapi({ description: "The kind of dependency." }),
              status: statusSchema,
              observedValue: z.number().min(0).openapi({
                format: "double",
                description: "The response time of the database, in the unit of `observedUnit`.",
              }),
              observedUnit: z.literal("ms").openapi({ description: "The unit of `observedValue`: milliseconds." }),
              time: z.iso
                .datetime({ precision: 3 })
                .openapi({ format: "date-time", maxLength: 24, description: "When the database was checked." }),
            }),
          )
          .max(1)
          .openapi({ description: "The result of the database check." }),
      })
      .optional()
      .openapi({ description: "The result of the check of each dependency. Only staff and admins see it." }),
  })
  .openapi("Health");

const policy = {
  access: "public",
  limit: "unmetered",
  cache: "no-store",
  precondition: "none",
  idempotency: "none",
} as const;

function report(status: CheckResult["status"], content: Record<string, unknown>): DocumentAnswer {
  const failed = status === "fail";
  return {
    kind: "document",
    status: failed ? 503 : 200,
    mediaType: MEDIA_TYPE,
    content: JSON.stringify({ status, ...content }),
    ...(failed ? { headers: { "Retry-After": "5" } } : {}),
  };
}

async function answerHealth(call: Call<unknown, unknown, undefined>): Promise<DocumentAnswer> {
  const database = await answersDatabase(call.database);
  const { version } = call.settings;
  if (call.ability.cannot("read", HEALTH_CHECKS)) return report(database.status, { version });
  return report(database.status, {
    version,
    checks: {
      "d1:responseTime": [
        {
          componentType: "datastore",
          status: database.status,
          observedValue: database.milliseconds,
          observedUnit: "ms",
          time: new Date(call.now).toISOString(),
        },
      ],
    },
  });
}

/** Served over cleartext too, because load balancers probe over HTTP. */
export const HEALTH_PATHS: ReadonlySet<string> = new Set([LIVENESS_PATH, "/readyz", "/health"]);

export const healthEndpoints = [
  endpoint({
    contract: {
      operationId: "readLiveness",
      method: "GET",
      path: LIVENESS_PATH,
      tag: TAG,
      summary: "Check liveness",
      description: "Returns 200 while the service runs. The check depends on nothing else.",
      success: {
        kind: "document",
        status: 200,
        mediaType: MEDIA_TYPE,
        schema: livenessSchema,
        example: LIVENESS,
      },
    },
    policy,
    // Declared for the OpenAPI document and for the other methods: an earlier stage sends the actual response.
    handler: async () => report(LIVENESS.status, {}),
  }),
  endpoint({
    contract: {
      operationId: "readReadiness",
      method: "GET",
      path: "/readyz",
      tag: TAG,
      summary: "Check readiness",
      description: "Returns 200 if every required dependency responds in time, otherwise 503.",
      success: {
        kind: "document",
        status: 200,
        mediaType: MEDIA_TYPE,
        schema: readinessSchema,
        example: { status: "pass" },
        also: [503],
      },
    },
    policy,
    handler: async (call) => report((await answersDatabase(call.database)).status, {}),
  }),
  endpoint({
    contract: {
      operationId: "readHealth",
      method: "GET",
      path: "/health",
      tag: TAG,
      summary: "Read the health report",
      description: "Returns the state of each dependency, in the format of draft-inadarei-api-health-check-06.",
      success: {
        kind: "document",
        status: 200,
        mediaType: MEDIA_TYPE,
        schema: healthSchema,
        example: {
          status: "pass",
          version: "0.1.0",
          checks: {
            "d1:responseTime": [
              {
                componentType: "datastore",
                status: "pass",
                observedValue: 2,
                observedUnit: "ms",
                time: "2026-01-31T12:00:00.000Z",
              },
            ],
          },
        },
        also: [503],
      },
    },
    policy,
    handler: answerHealth,
  }),
];

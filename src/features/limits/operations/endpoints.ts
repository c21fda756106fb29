/** The operations of limits: callers read the state of their own, administrators read, reset and change all of them. */
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import { allPolicies, declaredPolicies, type Operation } from "../policy/endpoint-limits.ts";
import { operatorEndpoints } from "./operator-endpoints.ts";
import { standingsAnswer, standingsSuccess } from "./standings.ts";

/**
 * Declares the operations. They also know the limits that `operations` declare.
 *
 * @throws RangeError if an operation declares an invalid limit
 * @example
 * export const endpoints = [...productEndpoints, ...declareLimitEndpoints(productEndpoints)];
 */
export function declareLimitEndpoints(operations: readonly Operation[]): readonly Endpoint[] {
  const declared = declaredPolicies(operations);
  const success = standingsSuccess(declared.length);
  const readRateLimit = endpoint({
    contract: {
      operationId: "readRateLimit",
      method: "GET",
      path: "/v1/rate-limit",
      tag: "Limits",
      summary: "Read the state of your limits",
      description:
        "Shows each limit that counts the caller's requests. It takes nothing from the caller's own limits, and ten tokens from the wide limits of its address.",
      success,
    },
    policy: { access: "public", limit: { cost: "free" }, cache: "no-store", precondition: "none", idempotency: "none" },
    handler: async ({ standings }) => standingsAnswer(standings),
  });
  return [readRateLimit, ...operatorEndpoints(declared, allPolicies(declared), success)];
}

/** The problems that an endpoint can return because of the stages it passes. */
import { PROBLEM_NAMES, type ProblemName } from "#core/http/problem-types.ts";
import { isConditionalRead, isUnconditionalWrite } from "./conditional.ts";
import type { Endpoint } from "./endpoint.ts";

/** `conflict`: the request took effect, but its response was lost and cannot be rebuilt. */
const BY_KEY = ["idempotency-key-invalid", "idempotency-key-reused", "idempotency-in-progress", "conflict"] as const;

/** All problems of an endpoint, including its handler's, in the order of the registry. */
export function problemsOf(endpoint: Endpoint): ProblemName[] {
  const { contract, policy } = endpoint;
  const { success } = contract;
  const isPage = success.kind === "redirect" || (success.kind === "document" && success.mediaType === "text/html");
  const isRepresentation = contract.success.kind === "resource" || contract.success.kind === "list";
  const names = new Set<ProblemName>([
    "uri-too-long",
    "service-unavailable",
    "temporary-reduced-capacity",
    "internal-error",
    // Several access tokens in one request.
    "malformed-request",
    "unauthorized",
    "forbidden",
    "content-too-large",
    ...(policy.limit === "unmetered" ? [] : (["quota-exceeded"] as const)),
    ...(isPage && contract.query === undefined ? [] : (["invalid-parameter"] as const)),
    ...(contract.params === undefined ? [] : (["not-found"] as const)),
    ...(isRepresentation ? (["not-acceptable"] as const) : []),
    ...(isConditionalRead(endpoint) ? (["precondition-failed"] as const) : []),
    ...(endpoint.current === undefined ? [] : (["precondition-failed"] as const)),
    ...(isUnconditionalWrite(endpoint) ? (["precondition-failed"] as const) : []),
    ...(policy.precondition === "required" ? (["precondition-required"] as const) : []),
    ...(contract.body === undefined ? [] : (["validation-error", "unsupported-media-type"] as const)),
    ...(contract.body?.kind === "patch" ? (["conflict"] as const) : []),
    ...(policy.idempotency === "required" ? (["idempotency-key-missing"] as const) : []),
    ...(policy.idempotency === "none" ? [] : BY_KEY),
    ...(contract.problems ?? []),
  ]);
  return PROBLEM_NAMES.filter((name) => names.has(name));
}

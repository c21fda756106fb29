/** The problems that an endpoint can return because of the stages it passes. */
import { type AnyProblemType, PROBLEM_NAMES, type ProblemType, problemTypeOf } from "#core/http/problem-types.ts";
import { isConditionalRead, isUnconditionalWrite } from "./conditional.ts";
import type { Endpoint } from "./endpoint.ts";

/** `conflict`: the request took effect, but its response was lost and cannot be rebuilt. */
const BY_KEY = ["idempotency-key-invalid", "idempotency-key-reused", "idempotency-in-progress", "conflict"] as const;

/** All problems of an endpoint, including its handler's. Those of its module come last. */
export function problemsOf(endpoint: Endpoint): ProblemType[] {
  const { contract, policy } = endpoint;
  const { success } = contract;
  const isPage = success.kind === "redirect" || (success.kind === "document" && success.mediaType === "text/html");
  const isRepresentation = contract.success.kind === "resource" || contract.success.kind === "list";
  const names = new Set<AnyProblemType>([
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
  return [...PROBLEM_NAMES.filter((name) => names.has(name)), ...ownTypes([...names])].map(problemTypeOf);
}

/**
 * The types of every service, and those that the endpoints declare themselves.
 *
 * @throws RangeError if two types have the same name
 */
export function problemTypesOf(endpoints: readonly Endpoint[]): ProblemType[] {
  const own = new Set(ownTypes(endpoints.flatMap(({ contract }) => contract.problems ?? [])));
  const types = [...PROBLEM_NAMES, ...own].map(problemTypeOf);
  const names = types.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new RangeError(`two problem types have the name ${repeated}`);
  return types;
}

function ownTypes(types: readonly AnyProblemType[]): ProblemType[] {
  return types.filter((type) => typeof type !== "string");
}

/**
 * Problem details (RFC 9457). Every layer throws failures as Problems, which are rendered in one place. The `cause` of
 * a Problem goes to the log, never to the client.
 */
import {
  type AnyProblemType,
  type ProblemStatus,
  type ProblemType,
  problemCode,
  problemTypeOf,
} from "./problem-types.ts";

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** One fault of a request. It is located by JSON pointer in the body, or by the name of a parameter or header. */
export type RequestFault = { readonly code: string; readonly detail: string } & (
  | { readonly pointer: string }
  | { readonly parameter: string }
  | { readonly header: string }
);

export interface ProblemInit {
  /** The text for this occurrence. Default: the `detail` of its type. */
  readonly detail?: string;
  readonly errors?: readonly RequestFault[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Only for the log. */
  readonly cause?: unknown;
}

export class Problem extends Error {
  /** The name of the type. */
  readonly type: string;
  readonly definition: ProblemType;
  readonly status: ProblemStatus;
  readonly detail: string;
  readonly errors: readonly RequestFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(type: AnyProblemType, init: ProblemInit = {}) {
    const definition = problemTypeOf(type);
    super(definition.name, { cause: init.cause });
    this.name = "Problem";
    this.type = definition.name;
    this.definition = definition;
    this.status = definition.status;
    this.detail = init.detail ?? definition.detail;
    this.errors = init.errors;
    this.headers = init.headers ?? {};
    this.members = init.members ?? {};
  }
}

/** Creates a problem, to be thrown. The endpoint declares its type in `problems`. */
export function problem(type: AnyProblemType, init?: ProblemInit): Problem {
  return new Problem(type, init);
}

/** The problem for one invalid parameter. For several at once, pass their faults to `problem`. */
export function invalidParameter(parameter: string, code: string, detail: string): Problem {
  return problem("invalid-parameter", { detail, errors: [{ parameter, code, detail }] });
}

/** Stands for the origin if the request names no host. No page of the service can be linked then. */
export const NO_ORIGIN = "";

/** The status phrases of the failures that a request without a host can have. */
const PHRASES: Partial<Record<ProblemStatus, string>> = {
  400: "Bad Request",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The values that an occurrence is rendered with. `origin` is the service's origin without a trailing slash. */
export interface Occurrence {
  readonly origin: string;
  readonly instance: string;
  readonly correlationId: string;
}

/** The body of a problem document (RFC 9457 section 3). */
export function problemBody(failure: Problem, occurrence: Occurrence): Record<string, unknown> {
  const isNamed = occurrence.origin !== NO_ORIGIN;
  return {
    type: isNamed ? `${occurrence.origin}/problems/${failure.type}` : "about:blank",
    // RFC 9457 section 4.2.1: with about:blank, the title is the phrase of the status.
    title: (isNamed ? undefined : PHRASES[failure.status]) ?? failure.definition.title,
    status: failure.status,
    detail: failure.detail,
    instance: occurrence.instance,
    code: problemCode(failure.type),
    correlation_id: occurrence.correlationId,
    retryable: failure.definition.retryable,
    ...(failure.errors === undefined ? {} : { errors: failure.errors }),
    ...failure.members,
  };
}

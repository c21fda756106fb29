/**
 * Problem details (RFC 9457). A failure of any layer is thrown as a Problem and rendered once, at the edge.
 * What a Problem's `cause` holds goes to the log and never to the client.
 */
import { PROBLEM_TYPES, type ProblemName, type ProblemStatus, problemCode } from "./problem-types.ts";

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** One thing that is wrong with a request: in the body by JSON pointer, else by parameter or header name. */
export type RequestFault = { readonly code: string; readonly detail: string } & (
  | { readonly pointer: string }
  | { readonly parameter: string }
  | { readonly header: string }
);

export interface ProblemInit {
  /** What is particular to this occurrence. Default: the registry's. */
  readonly detail?: string;
  readonly errors?: readonly RequestFault[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** For the log only. */
  readonly cause?: unknown;
}

export class Problem extends Error {
  readonly type: ProblemName;
  readonly status: ProblemStatus;
  readonly detail: string;
  readonly errors: readonly RequestFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(type: ProblemName, init: ProblemInit = {}) {
    super(type, { cause: init.cause });
    this.name = "Problem";
    this.type = type;
    this.status = PROBLEM_TYPES[type].status;
    this.detail = init.detail ?? PROBLEM_TYPES[type].detail;
    this.errors = init.errors;
    this.headers = init.headers ?? {};
    this.members = init.members ?? {};
  }
}

/** Makes a problem of a registered type, to be thrown. */
export function problem(type: ProblemName, init?: ProblemInit): Problem {
  return new Problem(type, init);
}

/** The problem of one parameter, which names it. For several at once, `problem` takes their faults. */
export function invalidParameter(parameter: string, code: string, detail: string): Problem {
  return problem("invalid-parameter", { detail, errors: [{ parameter, code, detail }] });
}

/** In place of an origin where the request names no host: no page of the service can be named then. */
export const NO_ORIGIN = "";

/** Of the failures that a request without a host can have. */
const PHRASES: Partial<Record<ProblemStatus, string>> = {
  400: "Bad Request",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** What the occurrence is rendered with. `origin` is the service's own, without a trailing slash. */
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
    // RFC 9457 section 4.2.1: beside about:blank stands the phrase of the status.
    title: (isNamed ? undefined : PHRASES[failure.status]) ?? PROBLEM_TYPES[failure.type].title,
    status: failure.status,
    detail: failure.detail,
    instance: occurrence.instance,
    code: problemCode(failure.type),
    correlation_id: occurrence.correlationId,
    retryable: PROBLEM_TYPES[failure.type].retryable,
    ...(failure.errors === undefined ? {} : { errors: failure.errors }),
    ...failure.members,
  };
}

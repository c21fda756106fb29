/** The texts of failure pages. They speak to the person; the problem types speak to developers. */
import type { Problem } from "#core/http/problem.ts";
import type { ProblemName } from "#core/http/problem-types.ts";
import { waitingTime } from "#core/http/waiting-time.ts";

interface FailureText {
  readonly title: string;
  /** What happened. Shown unless the problem has a more specific `detail`. */
  readonly what?: string;
  /** The `detail` is written for programs, so the page shows `what` instead. */
  readonly isGeneral?: true;
  /** What the person can do next. The page puts the time to wait, if any, before it. */
  readonly next: string;
}

/** Backticks mark code. For a type that is not listed, the page shows the texts of the type. */
const TEXTS: Readonly<Record<string, FailureText>> = {
  "malformed-request": {
    title: "The request could not be read",
    next: "Go back, reload the page and try again.",
  },
  "invalid-parameter": {
    title: "The address has an invalid parameter",
    next: "Correct or remove the parameter in the address. The documentation lists the parameters of each address.",
  },
  unauthorized: {
    title: "Authentication is required",
    what: "This address is part of the API and needs valid credentials.",
    next: "Programs send an access token or an API key. The documentation explains how to get one. To manage your account, sign in.",
  },
  forbidden: {
    title: "You do not have access",
    what: "You are not allowed to do this.",
    next: "If you sent a form, open its page again and send it from there. Otherwise use an account or a token that has access.",
  },
  "not-found": {
    title: "Page not found",
    what: "There is nothing at this address, or you are not allowed to see it.",
    next: "Check the address for a typing error, or continue from one of the pages below.",
  },
  "method-not-allowed": {
    title: "This address cannot be used this way",
    next: "Go back and use the button or link on the page. Programs use one of the methods in the `Allow` header.",
  },
  "not-acceptable": {
    title: "This address has no web page",
    next: "This address returns data for programs. Read about it in the documentation, or request one of these formats.",
  },
  "content-too-large": {
    title: "The request is too large",
    next: "Send less data in one request.",
  },
  "uri-too-long": {
    title: "The address is too long",
    next: "Remove filters or other parameters from the address.",
  },
  "unsupported-media-type": {
    title: "The content was sent in an unsupported format",
    next: "Go back, reload the page and send the form again.",
  },
  "quota-exceeded": {
    title: "Too many requests",
    what: "You, or others at your network address, sent more requests than the limits allow.",
    isGeneral: true,
    next: "Then reload this page.",
  },
  "service-unavailable": {
    title: "The service is unavailable",
    what: "The service cannot respond at the moment. Your request is not the cause.",
    next: "Then reload this page.",
  },
  "temporary-reduced-capacity": {
    title: "The service is busy",
    what: "The service receives more requests than it can process at the moment.",
    isGeneral: true,
    next: "Then reload this page.",
  },
  "internal-error": {
    title: "Something went wrong on our side",
    what: "A fault in the service stopped the request.",
    next: "Try again. If the fault persists, report the reference below to the operators.",
  },
} satisfies Partial<Record<ProblemName, FailureText>>;

/** A failure in plain words, for a person. */
export interface ToldFailure {
  readonly title: string;
  readonly what: string;
  readonly next: string;
}

/** Describes the failure in plain words: a title, what happened, and what to do next. */
export function toldFailure(failure: Problem): ToldFailure {
  const { type, definition, detail } = failure;
  const { title, fix, cause, detail: usual } = definition;
  const text: FailureText = TEXTS[type] ?? { title, what: cause, next: fix };
  return {
    title: text.title,
    what: detail === usual || text.isGeneral === true ? (text.what ?? detail) : detail,
    next: text.next,
  };
}

/** "Try again in 6 minutes." if the failure has a `Retry-After`, "Try again in a moment." for another 503, else undefined. */
export function retryAdvice({ headers, status }: Problem): string | undefined {
  const seconds = headers["Retry-After"];
  if (seconds !== undefined) return `Try again in ${waitingTime(Number(seconds))}.`;
  return status === 503 ? "Try again in a moment." : undefined;
}

/**
 * Why credentials are refused. The reason is for the log alone: a client learns that its token is not good, never
 * what gave it away. What it does learn, besides, is whether it sent one token, and whether it may try again.
 */
import { type Problem, problem } from "../http/problem.ts";
import { challenge } from "./challenge.ts";

export type Reason =
  /** Several credentials, of which none can be preferred. */
  | { readonly kind: "several-credentials" }
  /** Not `Bearer` and one token of a bounded length. */
  | { readonly kind: "unknown-scheme" }
  | { readonly kind: "malformed-credentials" }
  | { readonly kind: "too-long" }
  /** Not a signed token in compact form with two strict JSON objects, each in its one canonical encoding. */
  | { readonly kind: "malformed-token" }
  | { readonly kind: "untrusted-issuer" }
  /** A header parameter that is missing, wrong, or would have us trust the token's own word about its key. */
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "unknown-key" }
  | { readonly kind: "unusable-key" }
  | { readonly kind: "signature" }
  | { readonly kind: "expired" }
  | { readonly kind: "claim"; readonly name: string }
  /** The issuer's keys could not be had, so that nothing can be said about the token. */
  | { readonly kind: "no-keys"; readonly issuer: string; readonly failure: string; readonly retryAfterSeconds: number };

/** Thrown within the room; what leaves it is a problem. */
export class Refusal extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason.kind);
    this.name = "Refusal";
    this.reason = reason;
  }
}

export function refuse(reason: Reason): Refusal {
  return new Refusal(reason);
}

/** The reason as a value to count and to search for. Names come from us, never from the token. */
export function reasonName(reason: Reason): string {
  return "name" in reason ? `${reason.kind}:${reason.name}` : reason.kind;
}

/** What the client is told. `origin` is the service's own. */
export function problemOf(reason: Reason, origin: string): Problem {
  switch (reason.kind) {
    case "several-credentials":
      return problem("malformed-request", {
        detail: "The request has more than one access token.",
        headers: challenge(origin, { error: "invalid_request" }),
      });
    case "no-keys":
      return problem("service-unavailable", {
        headers: { "Retry-After": String(reason.retryAfterSeconds) },
        cause: new Error(`key set of ${reason.issuer}: ${reason.failure}`),
      });
    case "unknown-scheme":
    case "malformed-credentials":
    case "too-long":
    case "malformed-token":
    case "untrusted-issuer":
    case "header":
    case "unknown-key":
    case "unusable-key":
    case "signature":
    case "expired":
    case "claim":
      return problem("unauthorized", { headers: challenge(origin, { error: "invalid_token" }) });
  }
}

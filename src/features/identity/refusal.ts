/**
 * The reasons for which credentials are refused. The exact reason goes to the log; the response only says that the
 * token is not valid. After a valid signature it also names an expiry, a wrong host or a wrong audience, because no
 * forged token gets that far. Every client also learns of several tokens, a faulty proof or nonce, and whether it may
 * retry.
 */
import { type Problem, problem } from "#core/http/problem.ts";
import { type ChallengeError, challenge, type Scheme } from "./challenge.ts";

export type Reason =
  /** Several credentials, none of which takes precedence. */
  | { readonly kind: "several-credentials" | "several-proofs" }
  /** Not `Bearer` or `DPoP` with one token of bounded length. */
  | { readonly kind: "unknown-scheme" }
  | { readonly kind: "malformed-credentials" }
  | { readonly kind: "too-long" }
  /** Not a signed token in compact form with two strict JSON objects, each in its canonical encoding. */
  | { readonly kind: "malformed-token" }
  | { readonly kind: "untrusted-issuer" }
  /** Signed by the service itself for another of its hosts. */
  | { readonly kind: "other-host" }
  /** A header parameter that is missing or wrong, or that lets the token choose its own key. */
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "unknown-key" }
  | { readonly kind: "unusable-key" }
  | { readonly kind: "signature" }
  | { readonly kind: "expired" }
  | { readonly kind: "claim"; readonly name: string }
  | { readonly kind: "revoked" }
  /** Sent as `Bearer` although it is bound to a key, or as `DPoP` although it is not. */
  | { readonly kind: "bound" | "unbound" }
  /** The missing or invalid part of the proof of possession. */
  | { readonly kind: "proof"; readonly name: string }
  /** The proof has no nonce of this service, or an old one. */
  | { readonly kind: "nonce" }
  | { readonly kind: "api-key"; readonly fault: "malformed" | "checksum" | "unknown" | "expired" | "client" }
  /** The issuer's keys are unavailable, so the token cannot be verified. */
  | ({ readonly kind: "no-keys"; readonly issuer: string; readonly failure: string } & Unavailable)
  /** The revocations, or the used proofs, are unavailable. */
  | ({ readonly kind: "no-revocations" | "no-replays" } & Unavailable);

interface Unavailable {
  readonly retryAfterSeconds: number;
  /** For the log. */
  readonly cause?: unknown;
}

/** Thrown only within identity, which turns it into a problem. */
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

/** The reason as a value to count and to search for. Its names come from the service, never from the token. */
export function reasonName(reason: Reason): string {
  if ("name" in reason) return `${reason.kind}:${reason.name}`;
  return reason.kind === "api-key" ? `${reason.kind}:${reason.fault}` : reason.kind;
}

/** The request that was refused, as far as the response depends on it. */
export interface Refused {
  /** The service's origin. */
  readonly origin: string;
  /** The scheme that the token was sent with. Default: `Bearer`. */
  readonly scheme?: Scheme;
  /** The nonce for the client's next proof. */
  readonly nonce?: string | undefined;
}

/** The problem that the client receives. */
export function problemOf(reason: Reason, { origin, scheme = "Bearer", nonce }: Refused): Problem {
  const told = (error: ChallengeError["error"] & string, by: Scheme = scheme, error_description?: string) => ({
    ...challenge(origin, { error, ...(error_description && { error_description }) } as ChallengeError, by), // no error of this function has a scope
    ...(nonce === undefined ? {} : { "DPoP-Nonce": nonce }),
  });
  switch (reason.kind) {
    case "several-credentials":
      return problem("malformed-request", {
        detail: "The request contains more than one access token.",
        headers: told("invalid_request"),
      });
    case "several-proofs":
      return problem("malformed-request", {
        detail: "The request contains more than one DPoP proof.",
        headers: told("invalid_request", "DPoP"),
      });
    case "no-keys":
      return unavailable(reason, new Error(`key set of ${reason.issuer}: ${reason.failure}`, causeOf(reason)));
    case "no-revocations":
      return unavailable(reason, new Error("revocations cannot be read", causeOf(reason)));
    case "no-replays":
      return unavailable(reason, new Error("used proofs cannot be read", causeOf(reason)));
    case "proof":
      return problem("unauthorized", {
        detail: "The DPoP proof is not valid.",
        headers: told("invalid_dpop_proof", "DPoP"),
      });
    case "nonce":
      return problem("unauthorized", {
        detail: "The DPoP proof needs the nonce from this response.",
        headers: told("use_dpop_nonce", "DPoP"),
      });
    case "bound":
      return problem("unauthorized", {
        detail: "The access token is not valid without a DPoP proof.",
        headers: told("invalid_token", "DPoP"),
      });
    case "expired":
      return problem("unauthorized", {
        detail: "The access token has expired. Get a new one.",
        headers: told("invalid_token", scheme, "The access token has expired"),
      });
    case "other-host":
      return problem("unauthorized", {
        detail: `The access token is for another host of this service. Get one from ${origin}.`,
        headers: told("invalid_token", scheme, "The access token is for another host"),
      });
    case "claim":
      // Claims are checked only after the signature is verified.
      return reason.name === "aud"
        ? problem("unauthorized", {
            detail: "The access token is for another audience.",
            headers: told("invalid_token", scheme, "The access token is for another audience"),
          })
        : problem("unauthorized", { headers: told("invalid_token") });
    case "unknown-scheme":
    case "malformed-credentials":
    case "too-long":
    case "malformed-token":
    case "untrusted-issuer":
    case "header":
    case "unknown-key":
    case "unusable-key":
    case "signature":
    case "revoked":
    case "unbound":
    case "api-key":
      return problem("unauthorized", { headers: told("invalid_token") });
  }
}

function unavailable({ retryAfterSeconds }: Unavailable, cause: Error): Problem {
  return problem("service-unavailable", { headers: { "Retry-After": String(retryAfterSeconds) }, cause });
}

function causeOf({ cause }: Unavailable): ErrorOptions {
  return cause === undefined ? {} : { cause };
}

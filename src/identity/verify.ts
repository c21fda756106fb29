/**
 * Access tokens of trusted issuers (RFC 9068 section 4, RFC 8725), verified with jose. The issuer is chosen by the
 * exact `iss`, and from then on only its own keys, algorithms, audiences and types count. Refuses whatever is not proven.
 * Loaded with the first token: requests without credentials never pay for it.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import type { LogFields } from "../contract/context.ts";
import type { Principal } from "../contract/principal.ts";
import type { KeySet, TrustedIssuer } from "../contract/settings.ts";
import { CLOCK_TOLERANCE_SECONDS, principalOf } from "./claims.ts";
import type { KeySets } from "./key-sets.ts";
import { type Reason, type Refusal, refuse } from "./refusal.ts";
import { readUnverified, type UnverifiedToken } from "./token.ts";

export interface VerifyContext {
  readonly issuers: readonly TrustedIssuer[];
  readonly keySets: KeySets;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Fields of the request's one log line. */
  readonly log: LogFields;
}

/** @throws Refusal */
export async function verifyToken(token: string, context: VerifyContext): Promise<Principal> {
  const unverified = readUnverified(token);
  const issuer = context.issuers.find((trusted) => trusted.issuer === unverified.claims["iss"]);
  if (issuer === undefined) throw refuse({ kind: "untrusted-issuer" });
  // Before any key is looked for: what can be refused at once costs the issuer nothing.
  const kid = checkHeader(unverified, issuer);
  const keySet = await keySetFor(issuer, kid, context);
  return principalOf(await verifiedClaims(token, issuer, keySet, context.now), issuer, context.now);
}

/** The `kid`. The types and algorithms are exact: neither case nor a shorter spelling is forgiven. */
function checkHeader({ header }: UnverifiedToken, issuer: TrustedIssuer): string {
  const { typ, alg, kid } = header;
  if (!issuer.types.some((type) => type === typ)) throw refuse({ kind: "header", name: "typ" });
  if (!issuer.algorithms.some((algorithm) => algorithm === alg)) throw refuse({ kind: "header", name: "alg" });
  if (typeof kid !== "string" || kid === "") throw refuse({ kind: "header", name: "kid" });
  return kid;
}

async function keySetFor(issuer: TrustedIssuer, kid: string, { keySets, now, log }: VerifyContext): Promise<KeySet> {
  if ("set" in issuer.keys) return issuer.keys.set;
  const answer = await keySets({ uri: issuer.keys.uri, kid, now });
  if ("failure" in answer) throw refuse({ kind: "no-keys", issuer: issuer.issuer, ...answer });
  if (answer.isStale) log["auth.key_set"] = "stale";
  return answer.keySet;
}

async function verifiedClaims(token: string, issuer: TrustedIssuer, keySet: KeySet, now: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, importedKeys(keySet), {
      algorithms: [...issuer.algorithms],
      issuer: issuer.issuer,
      audience: [...issuer.audience],
      requiredClaims: ["iss", "aud", "exp", "sub", issuer.clientClaim, ...issuer.requiredClaims],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    throw refusalOf(error);
  }
}

type ImportedKeys = ReturnType<typeof createLocalJWKSet>;

const imported = new WeakMap<KeySet, ImportedKeys>();

/** Keys are imported once for each set, not once for each token. */
function importedKeys(keySet: KeySet): ImportedKeys {
  const known = imported.get(keySet);
  if (known !== undefined) return known;
  const made = createLocalJWKSet(JSON.parse(JSON.stringify(keySet)) as JSONWebKeySet); // a KeySet is one, without undefined members
  imported.set(keySet, made);
  return made;
}

/** An error that is not jose's own comes from importing a key: then the issuer's key is what cannot be used. */
function refusalOf(error: unknown): Refusal {
  return refuse(error instanceof errors.JOSEError ? reasonOf(error) : { kind: "unusable-key" });
}

function reasonOf(error: errors.JOSEError): Reason {
  if (error instanceof errors.JWTExpired) return { kind: "expired" };
  if (error instanceof errors.JWTClaimValidationFailed) return { kind: "claim", name: error.claim };
  if (error instanceof errors.JWSSignatureVerificationFailed) return { kind: "signature" };
  if (error instanceof errors.JWKSNoMatchingKey) return { kind: "unknown-key" };
  if (error instanceof errors.JWKSMultipleMatchingKeys) return { kind: "unusable-key" };
  if (error instanceof errors.JOSEAlgNotAllowed) return { kind: "header", name: "alg" };
  return { kind: "malformed-token" };
}

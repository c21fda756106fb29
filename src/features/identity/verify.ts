/**
 * Verifies access tokens of this service and of trusted issuers with jose (RFC 9068 section 4, RFC 8725, RFC 9449). The
 * exact `iss` selects the issuer; after that only its keys, algorithms, audiences and types count. Refuses every token
 * that it cannot verify. Loaded with the first token, so requests without credentials do not load it.
 */
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Principal } from "#core/contract/principal.ts";
import type { KeySet, TrustedIssuer } from "#core/contract/settings.ts";
import { boundKeyOf, CLOCK_TOLERANCE_SECONDS, principalOf } from "./claims.ts";
import type { Credentials } from "./credentials.ts";
import type { KeySets } from "./key-sets.ts";
import { publishedKeySet } from "./keys/keys.ts";
import { noteClaims } from "./log-fields.ts";
import { ownIssuer, ownOrigins, readOwnToken } from "./own-issuer.ts";
import { type Reason, type Refusal, refuse } from "./refusal.ts";
import { type Revocations, sharedRevocations } from "./revocations/memory.ts";
import { sharedKeySets } from "./shared-key-sets.ts";
import { readUnverified, type UnverifiedToken } from "./token.ts";

type KnownPrincipal = Exclude<Principal, { kind: "anonymous" }>;

/** Sent when the service's own keys cannot be read. */
const RETRY_AFTER_SECONDS = 5;

export interface VerifyContext {
  readonly keySets: KeySets;
  /** Default: the list that the isolate shares. */
  readonly revocations: Revocations | undefined;
  readonly request: Request;
  readonly context: RequestContext;
}

/** @throws Refusal */
export async function verifyToken(credentials: Credentials, verification: VerifyContext): Promise<Principal> {
  const { token } = credentials;
  const { context } = verification;
  const unverified = readUnverified(token);
  const known = issuerOf(unverified, context);
  if (known === undefined) throw await refusalOfIssuer(token, unverified, context);
  const { issuer, isOwn } = known;
  // Before any key lookup, so that a token which can be refused at once causes no request to the issuer.
  const kid = checkHeader(unverified, issuer);
  const keySet = isOwn ? await ownKeySet(kid, context) : await keySetFor(issuer, kid, verification);
  const claims = await verifiedClaims(token, issuer, keySet, context.now, (signed) =>
    noteClaims(context.log, signed, issuer, isOwn),
  );
  const principal = isOwn ? await ownPrincipal(claims, issuer, verification) : principalOf(claims, issuer, context);
  const jkt = boundKeyOf(claims);
  await checkBinding(credentials, jkt, verification);
  return jkt === undefined ? principal : { ...principal, isBound: true };
}

/** The configuration takes precedence: it may define an entry for the service's own issuer name. */
function issuerOf({ claims }: UnverifiedToken, context: RequestContext) {
  const { iss } = claims;
  const issuer = context.settings.trustedIssuers.find((trusted) => trusted.issuer === iss);
  if (issuer !== undefined) return { issuer, isOwn: false };
  const origins = ownOrigins(context);
  const own = origins.find((origin) => origin === iss);
  return own === undefined ? undefined : { issuer: ownIssuer(own, origins), isOwn: true };
}

/** Only a token that this service signed gets this refusal, because a forged one can contain anything. */
async function refusalOfIssuer(token: string, unverified: UnverifiedToken, context: RequestContext): Promise<Refusal> {
  const untrusted = refuse({ kind: "untrusted-issuer" });
  try {
    const kid = checkHeader(unverified, ownIssuer(context.origin));
    const keySet = await ownKeySet(kid, context);
    await compactVerify(token, importedKeys(keySet));
    return refuse({ kind: "other-host" });
  } catch {
    return untrusted;
  }
}

/** The `kid`. Types and algorithms are compared exactly, without case folding or short forms. */
function checkHeader({ header }: UnverifiedToken, issuer: TrustedIssuer): string {
  const { typ, alg, kid } = header;
  if (!issuer.types.some((type) => type === typ)) throw refuse({ kind: "header", name: "typ" });
  if (!issuer.algorithms.some((algorithm) => algorithm === alg)) throw refuse({ kind: "header", name: "alg" });
  if (typeof kid !== "string" || kid === "") throw refuse({ kind: "header", name: "kid" });
  return kid;
}

async function keySetFor(issuer: TrustedIssuer, kid: string, { keySets, context }: VerifyContext): Promise<KeySet> {
  if ("set" in issuer.keys) return issuer.keys.set;
  const { now, log } = context;
  const answer = await keySets({ uri: issuer.keys.uri, kid, now, shared: sharedKeySets(context) });
  if ("failure" in answer) throw refuse({ kind: "no-keys", issuer: issuer.issuer, ...answer });
  if (answer.isStale) log["auth.key_set"] = "stale";
  return answer.keySet;
}

async function ownKeySet(kid: string, context: RequestContext): Promise<KeySet> {
  try {
    return await publishedKeySet(context, kid);
  } catch (cause) {
    const retryAfterSeconds = RETRY_AFTER_SECONDS;
    throw refuse({ kind: "no-keys", issuer: context.origin, failure: "unreadable", retryAfterSeconds, cause });
  }
}

async function ownPrincipal(
  claims: JWTPayload,
  issuer: TrustedIssuer,
  { revocations = sharedRevocations(), context }: VerifyContext,
): Promise<KnownPrincipal> {
  const own = readOwnToken(claims, issuer, context);
  if (await revocations.isRevoked(own.claims, context)) throw refuse({ kind: "revoked" });
  return own.principal;
}

/** A bound token needs a proof, and a proof needs a bound token (RFC 9449 section 7). */
async function checkBinding(
  credentials: Credentials,
  jkt: string | undefined,
  { request, context }: VerifyContext,
): Promise<void> {
  if (credentials.scheme === "Bearer") {
    if (jkt !== undefined) throw refuse({ kind: "bound" });
    return;
  }
  if (jkt === undefined) throw refuse({ kind: "unbound" });
  const { provePossession } = await import("./dpop/possession.ts");
  await provePossession({ proof: credentials.proof, token: credentials.token, jkt }, request, context);
}

/** `onSigned` gets the claims once the signature is verified, even if they are then refused. */
async function verifiedClaims(
  token: string,
  issuer: TrustedIssuer,
  keySet: KeySet,
  now: number,
  onSigned: (claims: JWTPayload) => void,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, importedKeys(keySet), {
      algorithms: [...issuer.algorithms],
      issuer: issuer.issuer,
      audience: [...issuer.audience],
      requiredClaims: ["iss", "aud", "exp", "sub", issuer.clientClaim, ...issuer.requiredClaims],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
    });
    onSigned(payload);
    return payload;
  } catch (error) {
    // jose verifies the signature before the claims.
    if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) onSigned(error.payload);
    throw refusalOf(error);
  }
}

type ImportedKeys = ReturnType<typeof createLocalJWKSet>;

const imported = new WeakMap<KeySet, ImportedKeys>();

/** Keys are imported once per set, not once per token. */
function importedKeys(keySet: KeySet): ImportedKeys {
  const known = imported.get(keySet);
  if (known !== undefined) return known;
  const made = createLocalJWKSet(JSON.parse(JSON.stringify(keySet)) as JSONWebKeySet); // a KeySet is a JSONWebKeySet without undefined members
  imported.set(keySet, made);
  return made;
}

/** An error that is not one of jose's own comes from importing a key, so the issuer's key is unusable. */
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

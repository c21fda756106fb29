/**
 * Access tokens, our own and those of trusted issuers (RFC 9068 section 4, RFC 8725, RFC 9449), verified with jose. The
 * issuer is chosen by the exact `iss`, and from then on only its own keys, algorithms, audiences and types count. Refuses
 * whatever is not proven. Loaded with the first token: requests without credentials never pay for it.
 */
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import type { Surroundings } from "#core/contract/doors.ts";
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

/** Where our own keys cannot be read. */
const RETRY_AFTER_SECONDS = 5;

export interface VerifyContext {
  readonly keySets: KeySets;
  /** Default: those that the whole isolate knows of. */
  readonly revocations: Revocations | undefined;
  readonly request: Request;
  readonly surroundings: Surroundings;
}

/** @throws Refusal */
export async function verifyToken(credentials: Credentials, context: VerifyContext): Promise<Principal> {
  const { token } = credentials;
  const { surroundings } = context;
  const unverified = readUnverified(token);
  const known = issuerOf(unverified, surroundings);
  if (known === undefined) throw await refusalOfIssuer(token, unverified, surroundings);
  const { issuer, isOwn } = known;
  // Before any key is looked for: what can be refused at once costs the issuer nothing.
  const kid = checkHeader(unverified, issuer);
  const keySet = isOwn ? await ownKeySet(kid, surroundings) : await keySetFor(issuer, kid, context);
  const claims = await verifiedClaims(token, issuer, keySet, surroundings.now, (signed) =>
    noteClaims(surroundings.log, signed, issuer, isOwn),
  );
  const principal = isOwn ? await ownPrincipal(claims, issuer, context) : principalOf(claims, issuer, surroundings.now);
  const jkt = boundKeyOf(claims);
  await checkBinding(credentials, jkt, context);
  return jkt === undefined ? principal : { ...principal, isBound: true };
}

/** The configuration comes first: it may describe our own issuer as another one, behind the same name. */
function issuerOf({ claims }: UnverifiedToken, surroundings: Surroundings) {
  const { iss } = claims;
  const issuer = surroundings.settings.trustedIssuers.find((trusted) => trusted.issuer === iss);
  if (issuer !== undefined) return { issuer, isOwn: false };
  const origins = ownOrigins(surroundings);
  const own = origins.find((origin) => origin === iss);
  return own === undefined ? undefined : { issuer: ownIssuer(own, origins), isOwn: true };
}

/** Only a token that we signed learns that it is for another host: anything may be written into a forged one. */
async function refusalOfIssuer(
  token: string,
  unverified: UnverifiedToken,
  surroundings: Surroundings,
): Promise<Refusal> {
  const untrusted = refuse({ kind: "untrusted-issuer" });
  try {
    const kid = checkHeader(unverified, ownIssuer(surroundings.origin));
    const keySet = await ownKeySet(kid, surroundings);
    await compactVerify(token, importedKeys(keySet));
    return refuse({ kind: "other-host" });
  } catch {
    return untrusted;
  }
}

/** The `kid`. The types and algorithms are exact: neither case nor a shorter spelling is forgiven. */
function checkHeader({ header }: UnverifiedToken, issuer: TrustedIssuer): string {
  const { typ, alg, kid } = header;
  if (!issuer.types.some((type) => type === typ)) throw refuse({ kind: "header", name: "typ" });
  if (!issuer.algorithms.some((algorithm) => algorithm === alg)) throw refuse({ kind: "header", name: "alg" });
  if (typeof kid !== "string" || kid === "") throw refuse({ kind: "header", name: "kid" });
  return kid;
}

async function keySetFor(
  issuer: TrustedIssuer,
  kid: string,
  { keySets, surroundings }: VerifyContext,
): Promise<KeySet> {
  if ("set" in issuer.keys) return issuer.keys.set;
  const { now, log } = surroundings;
  const answer = await keySets({ uri: issuer.keys.uri, kid, now, shared: sharedKeySets(surroundings) });
  if ("failure" in answer) throw refuse({ kind: "no-keys", issuer: issuer.issuer, ...answer });
  if (answer.isStale) log["auth.key_set"] = "stale";
  return answer.keySet;
}

async function ownKeySet(kid: string, surroundings: Surroundings): Promise<KeySet> {
  try {
    return await publishedKeySet(surroundings, kid);
  } catch (cause) {
    const retryAfterSeconds = RETRY_AFTER_SECONDS;
    throw refuse({ kind: "no-keys", issuer: surroundings.origin, failure: "unreadable", retryAfterSeconds, cause });
  }
}

async function ownPrincipal(
  claims: JWTPayload,
  issuer: TrustedIssuer,
  { revocations = sharedRevocations(), surroundings }: VerifyContext,
): Promise<KnownPrincipal> {
  const own = readOwnToken(claims, issuer, surroundings.now);
  if (await revocations.isRevoked(own.claims, surroundings)) throw refuse({ kind: "revoked" });
  return own.principal;
}

/** A bound token counts with a proof alone, and a proof with a bound token alone (RFC 9449 section 7). */
async function checkBinding(
  credentials: Credentials,
  jkt: string | undefined,
  { request, surroundings }: VerifyContext,
): Promise<void> {
  if (credentials.scheme === "Bearer") {
    if (jkt !== undefined) throw refuse({ kind: "bound" });
    return;
  }
  if (jkt === undefined) throw refuse({ kind: "unbound" });
  const { provePossession } = await import("./dpop/possession.ts");
  await provePossession({ proof: credentials.proof, token: credentials.token, jkt }, request, surroundings);
}

/** `onSigned` gets the claims as soon as the signature holds, also where they are then refused. */
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

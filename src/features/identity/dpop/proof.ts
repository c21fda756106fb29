/**
 * Verifies the proof that the sender of a token holds the key that the token is bound to (RFC 9449 sections 4.2 and
 * 4.3). Refuses a proof for another request, token or key, and one that is older than a minute. Replays and nonces are
 * checked elsewhere. Pure: no clock, no state.
 */
import { calculateJwkThumbprint, errors, importJWK, type JWK, type JWTPayload, jwtVerify } from "jose";
import { digestOf } from "#core/http/base64url.ts";
import { isJsonObject, type JsonObject } from "#core/http/json.ts";
import { PROOF_ALGORITHMS } from "../challenge.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { readSigned, refusedParameter } from "../token.ts";
import { publicProofKey } from "./proof-key.ts";
import { normalTarget } from "./target.ts";

/**
 * The maximum difference between the proof's `iat` and now, in either direction. It is large because clients' clocks
 * are inaccurate.
 */
export const PROOF_SECONDS = 60;

const MAX_ID_CHARACTERS = 255;

/** The values that the proof has to match. */
export interface ProofContext {
  /** The request's method, exactly. */
  readonly method: string;
  /** The request's URL, normalized by `requestTarget`. Several if the service has several names. */
  readonly targets: readonly string[];
  readonly token: string;
  /** The thumbprint of the key that the token is bound to (`cnf.jkt`). */
  readonly jkt: string;
  /** Epoch ms. */
  readonly now: number;
}

export interface Proof {
  readonly jti: string;
  /** Epoch seconds. */
  readonly iat: number;
  readonly nonce: string | undefined;
}

/** @throws Refusal naming the missing or invalid part of the proof */
export async function verifyProof(proof: string, context: ProofContext): Promise<Proof> {
  const parts = readSigned(proof);
  if (parts === undefined) throw wrong("malformed");
  const { jwk, alg } = readHeader(parts.header);
  const claims = await verifiedClaims(proof, jwk, alg, context.now);
  if (claims["htm"] !== context.method) throw wrong("htm");
  if (!isTarget(claims["htu"], context.targets)) throw wrong("htu");
  if (claims["ath"] !== (await hashOf(context.token))) throw wrong("ath");
  if ((await calculateJwkThumbprint(jwk)) !== context.jkt) throw wrong("jkt");
  return readIdentity(claims, context.now);
}

function isTarget(htu: unknown, targets: readonly string[]): boolean {
  const target = typeof htu === "string" ? normalTarget(htu) : undefined;
  return target !== undefined && targets.includes(target);
}

function readHeader(header: JsonObject): { readonly jwk: JWK; readonly alg: string } {
  const refused = refusedParameter(header, ["jwk"]);
  if (refused !== undefined) throw wrong(refused);
  const alg = PROOF_ALGORITHMS.find((name) => name === header["alg"]);
  if (header["typ"] !== "dpop+jwt") throw wrong("typ");
  if (alg === undefined) throw wrong("alg");
  const jwk = isJsonObject(header["jwk"]) ? publicProofKey(header["jwk"], alg) : undefined;
  if (jwk === undefined) throw wrong("jwk");
  return { jwk, alg };
}

/** A proof needs no expiry, but an expiry that it has is enforced. */
async function verifiedClaims(proof: string, jwk: JWK, alg: string, now: number): Promise<JWTPayload> {
  try {
    const key = await importJWK(jwk, alg);
    const { payload } = await jwtVerify(proof, key, {
      algorithms: [alg],
      clockTolerance: PROOF_SECONDS,
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    throw reasonOf(error);
  }
}

/** An error that is not one of jose's own comes from the key. */
function reasonOf(error: unknown): Refusal {
  if (!(error instanceof errors.JOSEError)) return wrong("jwk");
  if (error instanceof errors.JWSSignatureVerificationFailed) return wrong("signature");
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) return wrong(error.claim);
  return wrong("malformed");
}

function readIdentity({ jti, iat, nonce }: JWTPayload & { nonce?: unknown }, now: number): Proof {
  if (typeof jti !== "string" || jti === "" || jti.length > MAX_ID_CHARACTERS) throw wrong("jti");
  if (typeof iat !== "number" || Math.abs(now / 1000 - iat) > PROOF_SECONDS) throw wrong("iat");
  if (nonce !== undefined && typeof nonce !== "string") throw wrong("nonce");
  return { jti, iat, nonce };
}

/** RFC 9449 section 4.2: `ath` is the hash of the token as sent. */
async function hashOf(token: string): Promise<string> {
  return digestOf(token);
}

function wrong(name: string): Refusal {
  return refuse({ kind: "proof", name });
}

/** A client with a DPoP key: its proofs, and forged variants of them. */
import { base64url, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { ORIGIN, START } from "./service.ts";

type Json = Record<string, unknown>;

export interface ProofKey {
  readonly alg: string;
  /** The public key. */
  readonly jwk: JWK;
  readonly jkt: string;
  readonly privateKey: CryptoKey;
}

export interface ProofChange {
  /** Undefined leaves a parameter out. */
  readonly header?: Json;
  /** Undefined leaves a claim out. */
  readonly claims?: Json;
}

export async function makeProofKey(alg = "ES256", options: { modulusLength?: number } = {}): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  const jwk = await exportJWK(publicKey);
  return { alg, jwk, jkt: await calculateJwkThumbprint(jwk), privateKey };
}

/** The claims of a good proof for `GET /v1/posts` with `token`. */
export async function proofClaims(token: string, change: Json = {}): Promise<Json> {
  return defined({
    jti: crypto.randomUUID(),
    htm: "GET",
    htu: `${ORIGIN}/v1/posts`,
    iat: START / 1000,
    ath: await hashOf(token),
    ...change,
  });
}

export async function makeProof(key: ProofKey, token: string, change: ProofChange = {}): Promise<string> {
  const header = defined({ typ: "dpop+jwt", alg: key.alg, jwk: key.jwk, ...change.header });
  return signProof(key, JSON.stringify(header), JSON.stringify(await proofClaims(token, change.claims)));
}

/** A proof with arbitrary parts, signed by hand because libraries would refuse some of them. */
export async function signProof(key: ProofKey, header: string, claims: string): Promise<string> {
  const input = `${base64url.encode(header)}.${base64url.encode(claims)}`;
  const bytes = new TextEncoder().encode(input);
  const signature = await crypto.subtle.sign(signatureOf(key.alg), key.privateKey, bytes);
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}

function signatureOf(alg: string) {
  switch (alg) {
    case "ES256":
      return { name: "ECDSA", hash: "SHA-256" };
    case "ES384":
      return { name: "ECDSA", hash: "SHA-384" };
    case "PS256":
      return { name: "RSA-PSS", saltLength: 32 };
    case "RS256":
      return { name: "RSASSA-PKCS1-v1_5" };
    default:
      return { name: "Ed25519" };
  }
}

export async function hashOf(token: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))));
}

export function dpop(token: string, proof: string): { readonly Authorization: string; readonly DPoP: string } {
  return { Authorization: `DPoP ${token}`, DPoP: proof };
}

function defined(values: Json): Json {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

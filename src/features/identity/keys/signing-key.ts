/**
 * A signing key: creation, id and storage. Its id is its thumbprint (RFC 7638), so one key never has two ids. The
 * private part is encrypted with AES-256-GCM under a key derived from the deployment's secret, and bound to the id. A
 * reader of the database cannot sign, and a swapped row does not decrypt.
 */
import { z } from "@hono/zod-openapi";
import { deriveBytes } from "#core/contract/derived-key.ts";
import { digestOf, fromBase64url, toBase64url } from "#core/http/base64url.ts";

/** The key as the key set publishes it. */
export interface PublicSigningKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: "ES256";
  readonly use: "sig";
}

export interface PrivateSigningKey extends PublicSigningKey {
  readonly d: string;
}

const PURPOSE = "signing-keys";
const IV_BYTES = 12;

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const publicMembers = {
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: coordinate,
  y: coordinate,
  kid: coordinate,
  alg: z.literal("ES256"),
  use: z.literal("sig"),
} as const;
const publicKeySchema = z.strictObject(publicMembers) satisfies z.ZodType<PublicSigningKey>;
const privateKeySchema = z.strictObject({ ...publicMembers, d: coordinate }) satisfies z.ZodType<PrivateSigningKey>;
const exportedSchema = z.object({ x: coordinate, y: coordinate, d: coordinate });

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A new ES256 key. */
export async function makeSigningKey(): Promise<PrivateSigningKey> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair; // ECDSA keys are pairs
  const { x, y, d } = exportedSchema.parse(await crypto.subtle.exportKey("jwk", pair.privateKey));
  return { kty: "EC", crv: "P-256", x, y, d, kid: await thumbprint(x, y), alg: "ES256", use: "sig" };
}

/** RFC 7638 section 3: only the required members, in the order of their names. */
async function thumbprint(x: string, y: string): Promise<string> {
  const members = JSON.stringify({ crv: "P-256", kty: "EC", x, y });
  return digestOf(members);
}

export function publicPart({ d: _, ...key }: PrivateSigningKey): PublicSigningKey {
  return key;
}

/** Parses a stored public key. */
export function readPublicKey(text: string): PublicSigningKey {
  return publicKeySchema.parse(JSON.parse(text));
}

/** `iv` is 12 random bytes. */
export async function sealPrivateKey(
  key: PrivateSigningKey,
  secret: string,
  iv: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const content = encoder.encode(JSON.stringify(key));
  const sealed = await crypto.subtle.encrypt(parametersFor(key.kid, iv), await sealingKey(secret), content);
  const bytes = new Uint8Array(IV_BYTES + sealed.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(sealed), IV_BYTES);
  return toBase64url(bytes);
}

/** Undefined if it was not encrypted under this secret for this id. */
export async function openPrivateKey(
  sealed: string,
  kid: string,
  secret: string,
): Promise<PrivateSigningKey | undefined> {
  try {
    const bytes = fromBase64url(sealed);
    const parameters = parametersFor(kid, bytes.slice(0, IV_BYTES));
    const content = await crypto.subtle.decrypt(parameters, await sealingKey(secret), bytes.slice(IV_BYTES));
    const { success, data } = privateKeySchema.safeParse(JSON.parse(decoder.decode(content)));
    return success && data.kid === kid ? data : undefined;
  } catch {
    return undefined;
  }
}

function parametersFor(kid: string, iv: Uint8Array<ArrayBuffer>) {
  return { name: "AES-GCM", iv, additionalData: encoder.encode(kid) };
}

async function sealingKey(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", await deriveBytes(secret, PURPOSE, 32), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
}

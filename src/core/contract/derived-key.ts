/**
 * Derives one key for each purpose from the deployment's secret (HKDF, RFC 5869). A key of one purpose is useless for
 * another.
 */

const encoder = new TextEncoder();

/** Derives `length` bytes that are unique to `purpose`. */
export async function deriveBytes(secret: string, purpose: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveBits"]);
  const info = encoder.encode(`sluice ${purpose}`);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, material, length * 8));
}

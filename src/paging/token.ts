/**
 * Signed tokens: what a client carries for us and cannot read as anything but a whole. One altered character, a
 * cut, another key or another purpose, and the token is none of ours (HMAC-SHA-256, RFC 2104, 128 bits kept).
 */
const MAC_BYTES = 16;

const keys = new Map<string, Promise<CryptoKey>>();

export async function signToken(secret: string, purpose: string, payload: unknown): Promise<string> {
  const content = new TextEncoder().encode(JSON.stringify(payload));
  const mac = await crypto.subtle.sign("HMAC", await keyFor(secret, purpose), content);
  const bytes = new Uint8Array(MAC_BYTES + content.byteLength);
  bytes.set(new Uint8Array(mac, 0, MAC_BYTES));
  bytes.set(content, MAC_BYTES);
  return encode(bytes);
}

/** The payload, or undefined when the token is not exactly one that `signToken` made. */
export async function openToken(secret: string, purpose: string, token: string): Promise<unknown> {
  const bytes = decode(token);
  if (bytes === undefined || bytes.byteLength <= MAC_BYTES) return undefined;
  const content = bytes.subarray(MAC_BYTES);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", await keyFor(secret, purpose), content), 0, MAC_BYTES);
  if (!crypto.subtle.timingSafeEqual(mac, bytes.subarray(0, MAC_BYTES))) return undefined;
  return JSON.parse(new TextDecoder().decode(content));
}

/** One key for each purpose, so that a token of one kind is never good for another. */
function keyFor(secret: string, purpose: string): Promise<CryptoKey> {
  const name = `${purpose}\n${secret}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = deriveKey(secret, purpose);
  keys.set(name, made);
  return made;
}

async function deriveKey(secret: string, purpose: string): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encoder.encode(`sluice ${purpose}`) },
    material,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Only the one canonical spelling is decoded: the spare bits of the last character must be zero. */
function decode(token: string): Uint8Array | undefined {
  try {
    const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url", lastChunkHandling: "loose" });
    return encode(bytes) === token ? bytes : undefined;
  } catch {
    return undefined;
  }
}

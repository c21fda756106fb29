/** Base64url without padding (RFC 4648 section 5). */

export function toBase64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** @throws SyntaxError for any other text */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

/** Undefined for other text, and for a second spelling of the same bytes: the spare bits of the last character must be 0. */
export function readBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = fromBase64url(text);
    return toBase64url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** The first `length` bytes of the text's SHA-256. */
export async function digestOf(text: string, length = 32): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)), 0, length));
}

import { calculateJwkThumbprint, importJWK, jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import {
  makeSigningKey,
  openPrivateKey,
  publicPart,
  readPublicKey,
  sealPrivateKey,
} from "#features/identity/keys/signing-key.ts";

const SECRET = "s".repeat(32);
const IV = new Uint8Array(12).fill(7);

describe("a signing key", () => {
  it("has its thumbprint as its kid, and is unique", async () => {
    const [a, b] = await Promise.all([makeSigningKey(), makeSigningKey()]);
    expect(a.kid).toBe(await calculateJwkThumbprint(a));
    expect(a.kid).not.toBe(b.kid);
    expect(a.d).not.toBe(b.d);
  });

  it("signs tokens that its public part verifies; the public part has no private members", async () => {
    const key = await makeSigningKey();
    const published = publicPart(key);
    expect(Object.keys(published).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    expect(readPublicKey(JSON.stringify(published))).toEqual(published);
    const token = await new SignJWT({}).setProtectedHeader({ alg: key.alg }).sign(await importJWK(key));
    await expect(jwtVerify(token, await importJWK(published))).resolves.toBeDefined();
  });

  it("is rejected as a public key if it has a private part", async () => {
    const key = await makeSigningKey();
    expect(() => readPublicKey(JSON.stringify(key))).toThrow();
  });
});

describe("a sealed key", () => {
  it("opens only with its secret and its kid", async () => {
    const [key, other] = await Promise.all([makeSigningKey(), makeSigningKey()]);
    const sealed = await sealPrivateKey(key, SECRET, IV);
    expect(await openPrivateKey(sealed, key.kid, SECRET)).toEqual(key);
    expect(await openPrivateKey(sealed, key.kid, `${SECRET}x`)).toBeUndefined();
    expect(await openPrivateKey(sealed, other.kid, SECRET)).toBeUndefined();
  });

  it("does not open if a byte is changed, or if it is cut or empty", async () => {
    const key = await makeSigningKey();
    const sealed = await sealPrivateKey(key, SECRET, IV);
    const bytes = Uint8Array.fromBase64(sealed, { alphabet: "base64url" });
    for (const at of [0, 11, 12, 40, bytes.length - 16, bytes.length - 1]) {
      const changed = bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(
        await openPrivateKey(changed.toBase64({ alphabet: "base64url" }), key.kid, SECRET),
        `${at}`,
      ).toBeUndefined();
    }
    for (const text of ["", "x", "!", sealed.slice(0, -8), `${sealed}AAAA`]) {
      expect(await openPrivateKey(text, key.kid, SECRET), text).toBeUndefined();
    }
  });

  it("contains no readable part of the key", async () => {
    const key = await makeSigningKey();
    const sealed = await sealPrivateKey(key, SECRET, IV);
    const text = new TextDecoder("latin1").decode(Uint8Array.fromBase64(sealed, { alphabet: "base64url" }));
    for (const part of [key.d, key.x, key.kid, "P-256"]) expect(text).not.toContain(part);
  });
});

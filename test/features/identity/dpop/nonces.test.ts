import { hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { currentNonce, isOurNonce, nonceSecret } from "#features/identity/dpop/nonces.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;
const SECRET = "s".repeat(32);

describe("a nonce", () => {
  it("is the same for a minute, and another one then", async () => {
    const nonce = await currentNonce(SECRET, NOW);
    expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await currentNonce(SECRET, NOW + MINUTE - 1)).toBe(nonce);
    expect(await currentNonce(SECRET, NOW + MINUTE)).not.toBe(nonce);
  });

  it("is taken in its minute and the next", async () => {
    const nonce = await currentNonce(SECRET, NOW);
    const isTakenAt = (now: number) => isOurNonce(nonce, SECRET, now);
    expect(await isTakenAt(NOW)).toBe(true);
    expect(await isTakenAt(NOW + 2 * MINUTE - 1)).toBe(true);
    expect(await isTakenAt(NOW + 2 * MINUTE)).toBe(false);
    expect(await isTakenAt(NOW - 1)).toBe(false);
  });

  it("is nobody else's: neither of another secret, nor made up", async () => {
    const nonce = await currentNonce(SECRET, NOW);
    expect(await isOurNonce(nonce, `${SECRET}x`, NOW)).toBe(false);
    for (const made of ["", "x", nonce.slice(1), `${nonce}=`, nonce.toLowerCase()]) {
      expect(await isOurNonce(made, SECRET, NOW), made).toBe(false);
    }
  });

  it("is what the authorization server gives out in the same minute", async () => {
    const secret = await nonceSecret(SECRET);
    expect(secret.byteLength).toBe(32);
    const salt = Buffer.alloc(8);
    salt.writeBigUInt64BE(BigInt(NOW / MINUTE + 1));
    const theirs = Buffer.from(hkdfSync("sha256", secret, salt, "DPoP", 32)).toString("base64url");
    expect(await currentNonce(SECRET, NOW)).toBe(theirs);
  });
});

import { hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { currentNonce, isOurNonce, nonceSecret } from "#features/identity/dpop/nonces.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;
const SECRET = "s".repeat(32);

describe("a nonce", () => {
  it("changes once a minute", async () => {
    const nonce = await currentNonce(SECRET, NOW);
    expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await currentNonce(SECRET, NOW + MINUTE - 1)).toBe(nonce);
    expect(await currentNonce(SECRET, NOW + MINUTE)).not.toBe(nonce);
  });

  it("is accepted in its minute and the next", async () => {
    const nonce = await currentNonce(SECRET, NOW);
    const isAcceptedAt = (now: number) => isOurNonce(nonce, SECRET, now);
    expect(await isAcceptedAt(NOW)).toBe(true);
    expect(await isAcceptedAt(NOW + 2 * MINUTE - 1)).toBe(true);
    expect(await isAcceptedAt(NOW + 2 * MINUTE)).toBe(false);
    expect(await isAcceptedAt(NOW - 1)).toBe(false);
  });

  it("is rejected if it is from another secret or altered", async () => {
    const nonce = await currentNonce(SECRET, NOW);
    expect(await isOurNonce(nonce, `${SECRET}x`, NOW)).toBe(false);
    for (const made of ["", "x", nonce.slice(1), `${nonce}=`, nonce.toLowerCase()]) {
      expect(await isOurNonce(made, SECRET, NOW), made).toBe(false);
    }
  });

  it("equals the authorization server's nonce of the same minute", async () => {
    const secret = await nonceSecret(SECRET);
    expect(secret.byteLength).toBe(32);
    const salt = Buffer.alloc(8);
    salt.writeBigUInt64BE(BigInt(NOW / MINUTE + 1));
    const theirs = Buffer.from(hkdfSync("sha256", secret, salt, "DPoP", 32)).toString("base64url");
    expect(await currentNonce(SECRET, NOW)).toBe(theirs);
  });
});

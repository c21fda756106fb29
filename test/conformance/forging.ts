/** Builds forged tokens: each function changes one part of a valid token and signs what can be signed. */
import { base64url } from "jose";
import { goodClaims, type Json, type Key, sign, signRaw } from "../support/issuer.ts";

export interface Keys {
  /** Published by the trusted issuer. */
  readonly good: Key;
  readonly rsa: Key;
  /** Published by another trusted issuer. */
  readonly other: Key;
  /** The attacker's key, which no issuer publishes. */
  readonly stranger: Key;
}

export interface Forgery {
  readonly name: string;
  /** The reason in the log. */
  readonly reason: string;
  /** The value of the `Authorization` header. */
  credentials(keys: Keys): Promise<string> | string;
}

export function token(name: string, reason: string, make: (keys: Keys) => Promise<string> | string): Forgery {
  return { name, reason, credentials: async (keys) => `Bearer ${await make(keys)}` };
}

/** A valid token with another header. A parameter that is undefined is left out. */
export function header(name: string, reason: string, change: Json | ((keys: Keys) => Json)): Forgery {
  return token(name, reason, ({ good, ...keys }) => {
    const parameters = { alg: "ES256", kid: good.kid, typ: "at+jwt" };
    const changed = typeof change === "function" ? change({ good, ...keys }) : change;
    return signRaw(good, JSON.stringify({ ...parameters, ...changed }), JSON.stringify(goodClaims()));
  });
}

export function claims(name: string, reason: string, change: Json): Forgery {
  return token(name, reason, ({ good }) => sign(good, goodClaims(change)));
}

/** A token with this text as its claims. */
export function text(name: string, content: string): Forgery {
  return token(name, "malformed-token", ({ good }) =>
    signRaw(good, JSON.stringify({ alg: "ES256", kid: good.kid, typ: "at+jwt" }), content),
  );
}

/** A valid token whose parts are changed after signing. */
export function parts(
  name: string,
  reason: string,
  change: (header: string, payload: string, signature: string, keys: Keys) => Promise<string> | string,
): Forgery {
  return token(name, reason, async (keys) => {
    const [head = "", payload = "", signature = ""] = (await sign(keys.good)).split(".");
    return change(head, payload, signature, keys);
  });
}

export function credentials(name: string, reason: string, make: (token: string) => string): Forgery {
  return { name, reason, credentials: async ({ good }) => make(await sign(good)) };
}

/**
 * A token signed with a public key as an HMAC secret. `secretOf` returns the form of the key that an attacker would
 * guess.
 */
export function confused(
  alg: string,
  of: "good" | "rsa",
  form: string,
  secretOf: (key: Key) => Promise<BufferSource>,
): Forgery {
  return token(`${alg} with the ${form} of the ${of} key as secret`, "header:alg", async (keys) => {
    const input = [{ alg, kid: keys[of].kid, typ: "at+jwt" }, goodClaims()]
      .map((value) => base64url.encode(JSON.stringify(value)))
      .join(".");
    const algorithm = { name: "HMAC", hash: `SHA-${alg.slice(2)}` };
    const secret = await crypto.subtle.importKey("raw", await secretOf(keys[of]), algorithm, false, ["sign"]);
    const mac = await crypto.subtle.sign("HMAC", secret, new TextEncoder().encode(input));
    return `${input}.${base64url.encode(new Uint8Array(mac))}`;
  });
}

export function flipped(segment: string, at: number): string {
  const bytes = base64url.decode(segment);
  const index = at < 0 ? bytes.length + at : at;
  return base64url.encode(bytes.map((byte, place) => (place === index ? byte ^ 1 : byte)));
}

export function shown(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 60);
}

/** How tokens are forged: each maker changes one part of a good one, and signs what can be signed. */
import { base64url } from "jose";
import { goodClaims, type Json, type Key, sign, signRaw } from "../support/issuer.ts";

export interface Cast {
  /** Published by the trusted issuer. */
  readonly good: Key;
  readonly rsa: Key;
  /** Published by another trusted issuer. */
  readonly other: Key;
  /** The attacker's, published by nobody. */
  readonly stranger: Key;
}

export interface Forgery {
  readonly name: string;
  /** What the log says. */
  readonly reason: string;
  /** The value of the `Authorization` header. */
  credentials(cast: Cast): Promise<string> | string;
}

export function token(name: string, reason: string, make: (cast: Cast) => Promise<string> | string): Forgery {
  return { name, reason, credentials: async (cast) => `Bearer ${await make(cast)}` };
}

/** A good token with another header. Undefined leaves a parameter out. */
export function header(name: string, reason: string, change: Json | ((cast: Cast) => Json)): Forgery {
  return token(name, reason, ({ good, ...cast }) => {
    const parameters = { alg: "ES256", kid: good.kid, typ: "at+jwt" };
    const changed = typeof change === "function" ? change({ good, ...cast }) : change;
    return signRaw(good, JSON.stringify({ ...parameters, ...changed }), JSON.stringify(goodClaims()));
  });
}

export function claims(name: string, reason: string, change: Json): Forgery {
  return token(name, reason, ({ good }) => sign(good, goodClaims(change)));
}

/** A token whose claims are this text. */
export function text(name: string, content: string): Forgery {
  return token(name, "malformed-token", ({ good }) =>
    signRaw(good, JSON.stringify({ alg: "ES256", kid: good.kid, typ: "at+jwt" }), content),
  );
}

/** A good token, taken apart. */
export function parts(
  name: string,
  reason: string,
  change: (header: string, payload: string, signature: string, cast: Cast) => Promise<string> | string,
): Forgery {
  return token(name, reason, async (cast) => {
    const [head = "", payload = "", signature = ""] = (await sign(cast.good)).split(".");
    return change(head, payload, signature, cast);
  });
}

export function credentials(name: string, reason: string, make: (token: string) => string): Forgery {
  return { name, reason, credentials: async ({ good }) => make(await sign(good)) };
}

/** The confusion of a public key with a secret: `secretOf` is the text that an attacker would guess we use. */
export function confused(
  alg: string,
  of: "good" | "rsa",
  form: string,
  secretOf: (key: Key) => Promise<BufferSource>,
): Forgery {
  return token(`${alg} with the ${form} of the ${of} key as secret`, "header:alg", async (cast) => {
    const input = [{ alg, kid: cast[of].kid, typ: "at+jwt" }, goodClaims()]
      .map((value) => base64url.encode(JSON.stringify(value)))
      .join(".");
    const algorithm = { name: "HMAC", hash: `SHA-${alg.slice(2)}` };
    const secret = await crypto.subtle.importKey("raw", await secretOf(cast[of]), algorithm, false, ["sign"]);
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

/**
 * Argon2id hashes as PHC strings, such as `$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA`. Each hash names its cost, so
 * the cost can be raised later. Refuses every other form.
 */
import type { Argon2Cost } from "./argon2.ts";

export interface PasswordHash {
  readonly cost: Argon2Cost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

const FORM = /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

export function formatPhc({ cost, salt, hash }: PasswordHash): string {
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.lanes}$${encode(salt)}$${encode(hash)}`;
}

/** @throws SyntaxError if the text is not such a string */
export function parsePhc(text: string): PasswordHash {
  const [, memory, passes, lanes, salt, hash] = FORM.exec(text) ?? [];
  if (salt === undefined || hash === undefined) throw new SyntaxError("not a PHC string of Argon2id");
  return {
    cost: { memory: Number(memory), passes: Number(passes), lanes: Number(lanes) },
    salt: Uint8Array.fromBase64(salt),
    hash: Uint8Array.fromBase64(hash),
  };
}

/** Does not use `toBase64`, because the Node version that hashes the demo accounts' passwords lacks it. */
function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("=", "");
}

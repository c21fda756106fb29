/**
 * Argon2id hashes as PHC strings, such as `$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA`: each hash says itself what
 * it cost, so that the cost can be raised. Refuses every other form.
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

/** @throws SyntaxError for what is no such string */
export function parsePhc(text: string): PasswordHash {
  const [, memory, passes, lanes, salt, hash] = FORM.exec(text) ?? [];
  if (salt === undefined || hash === undefined) throw new SyntaxError("not a PHC string of Argon2id");
  return {
    cost: { memory: Number(memory), passes: Number(passes), lanes: Number(lanes) },
    salt: Uint8Array.fromBase64(salt),
    hash: Uint8Array.fromBase64(hash),
  };
}

/** Not by `toBase64`, which the Node that makes the demo accounts' hashes does not have. */
function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("=", "");
}

/** Argon2id for this isolate, loaded with the first request that needs it and with no other. */
import { type Argon2id, bindArgon2id } from "./argon2.ts";

let loaded: Promise<Argon2id> | undefined;

export function loadArgon2id(): Promise<Argon2id> {
  loaded ??= import("@phi-ag/argon2/argon2.wasm").then((wasm) => bindArgon2id(wasm.default));
  return loaded;
}

/**
 * The signing keys of this service's issuer, as this isolate caches them. They are read at most once a minute, and once
 * a second for an unknown key id. They are created when first needed. If the deployment's secret changes, the private
 * keys are lost: new ones replace them, and the old public keys verify tokens for another day.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { KeySet } from "#core/contract/settings.ts";
import type { Database } from "#core/data/database.ts";
import { isPublished, rotationDue } from "./rotation.ts";
import {
  makeSigningKey,
  openPrivateKey,
  type PrivateSigningKey,
  type PublicSigningKey,
  publicPart,
  readPublicKey,
  sealPrivateKey,
} from "./signing-key.ts";
import { advanceKeys, dropOutdated, type NewKey, replaceKeys, type StoredKey, selectKeys } from "./store.ts";

export interface UsableKeys {
  /** The key that signs. */
  readonly current: PrivateSigningKey;
  /** The key set: current, next, previous. */
  readonly published: readonly PublicSigningKey[];
}

/** The part of the request context that keys need. Scheduled tasks and scripts provide it, too. */
export interface KeyContext {
  /** Epoch ms. */
  readonly now: number;
  readonly settings: { readonly secret: string };
  readonly database: Database;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
}

/** The result of a rotation: nothing changed, the next key signs, or new keys replaced unusable ones. */
export type Rotation = "unchanged" | "rotated" | "renewed";

export interface SigningKeys {
  usable(context: KeyContext): Promise<UsableKeys>;
  published(context: Pick<KeyContext, "now" | "database">, kid?: string): Promise<KeySet>;
  forget(): void;
}

const FRESH_MS = 60_000;
/** The pause between lookups of an unknown key. */
const PAUSE_MS = 1_000;
const IV_BYTES = 12;
/**
 * A call that loses a race finds usable keys at the next attempt. Further attempts cover a secret that changes again.
 */
const ATTEMPTS = 3;

const shared = rememberSigningKeys();

/** The key that signs, and the set to publish. */
export function usableKeys(context: RequestContext): Promise<UsableKeys> {
  return shared.usable(context);
}

/** The keys that verify this service's tokens. They are read again if `kid` is not among them. */
export function publishedKeySet(context: Pick<RequestContext, "now" | "database">, kid?: string): Promise<KeySet> {
  return shared.published(context, kid);
}

/**
 * Drops outdated keys and rotates if it is due. With `force` it rotates at once, even if the next key was only just
 * published. Of two concurrent calls one rotates.
 */
export async function rotate(context: KeyContext, { force = false } = {}): Promise<Rotation> {
  const { database, settings, now } = context;
  await dropOutdated(database, now);
  const stored = await selectKeys(database);
  const pair = await openPair(stored, settings.secret);
  shared.forget();
  if (pair === undefined) return (await renew(context, stored)) ? "renewed" : "unchanged";
  if (!force && !rotationDue(stored, now)) return "unchanged";
  const from = { current: pair.current.kid, next: pair.next.kid };
  return (await advanceKeys(database, from, await newKey(context), now)) ? "rotated" : "unchanged";
}

interface Memory {
  /** Epoch ms. */
  readonly at: number;
  readonly stored: readonly StoredKey[];
  /** The same object as long as the same keys are published, because imported keys are cached by it. */
  readonly keySet: { readonly keys: readonly PublicSigningKey[] };
  /** The current key, and the secret that decrypted it. */
  readonly opened?: { readonly secret: string; readonly current: PrivateSigningKey };
}

/** A separate cache, like that of one isolate. */
export function rememberSigningKeys(): SigningKeys {
  let memory: Memory | undefined;

  return {
    async usable(context) {
      if (!isFresh(memory, context.now, FRESH_MS) || memory.opened?.secret !== context.settings.secret) {
        memory = await obtain(context, memory);
      }
      if (memory.opened === undefined) throw new Error("No signing key could be created.");
      return { current: memory.opened.current, published: memory.keySet.keys };
    },
    async published({ now, database }, kid) {
      const isKnown = kid === undefined || memory?.keySet.keys.some((key) => key.kid === kid) === true;
      if (!isFresh(memory, now, isKnown ? FRESH_MS : PAUSE_MS)) {
        memory = remembered(await selectKeys(database), now, memory);
      }
      return memory.keySet;
    },
    forget() {
      memory = undefined;
    },
  };
}

/** Requests are not always processed in the order of their times. */
function isFresh(memory: Memory | undefined, now: number, forMs: number): memory is Memory {
  return memory !== undefined && Math.abs(now - memory.at) < forMs;
}

function remembered(stored: readonly StoredKey[], now: number, before: Memory | undefined): Memory {
  const keys = stored.filter((key) => isPublished(key, now)).map(({ publicJwk }) => readPublicKey(publicJwk));
  const isSame = before !== undefined && kidsOf(before.keySet.keys) === kidsOf(keys);
  const currentKid = stored.find(({ state }) => state === "current")?.kid;
  return {
    at: now,
    stored,
    keySet: isSame ? before.keySet : { keys },
    // The decrypted key is kept while it is the current one.
    ...(before?.opened?.current.kid === currentKid && before?.opened !== undefined ? { opened: before.opened } : {}),
  };
}

function kidsOf(keys: readonly PublicSigningKey[]): string {
  return keys.map(({ kid }) => kid).join();
}

/** Reads the keys, and creates them if none are usable. */
async function obtain(context: KeyContext, before: Memory | undefined): Promise<Memory> {
  const { database, settings, now } = context;
  for (let attempt = 0; ; attempt += 1) {
    const stored = await selectKeys(database);
    const pair = await openPair(stored, settings.secret);
    const { opened: _, ...memory } = remembered(stored, now, before);
    if (pair !== undefined) return { ...memory, opened: { secret: settings.secret, current: pair.current } };
    if (attempt === ATTEMPTS) return memory;
    await renew(context, stored);
  }
}

interface KeyPair {
  readonly current: PrivateSigningKey;
  readonly next: PrivateSigningKey;
}

/** The current and the next key. Undefined if one is missing or cannot be decrypted. */
async function openPair(stored: readonly StoredKey[], secret: string): Promise<KeyPair | undefined> {
  const [current, next] = await Promise.all([openState(stored, "current", secret), openState(stored, "next", secret)]);
  return current === undefined || next === undefined ? undefined : { current, next };
}

async function openState(
  stored: readonly StoredKey[],
  state: StoredKey["state"],
  secret: string,
): Promise<PrivateSigningKey | undefined> {
  const found = stored.find((key) => key.state === state);
  return found === undefined ? undefined : openPrivateKey(found.privateKey, found.kid, secret);
}

async function renew(context: KeyContext, stored: readonly StoredKey[]): Promise<boolean> {
  const inUse = stored.filter(({ state }) => state !== "previous").map(({ kid }) => kid);
  const [current, next] = await Promise.all([newKey(context), newKey(context)]);
  return replaceKeys(context.database, inUse, { current, next }, context.now);
}

async function newKey({ settings, randomBytes }: KeyContext): Promise<NewKey> {
  const key = await makeSigningKey();
  return { key: publicPart(key), sealed: await sealPrivateKey(key, settings.secret, randomBytes(IV_BYTES)) };
}

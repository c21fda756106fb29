/**
 * When signing keys change. Each key is published for at least an hour before it signs and for a day after it last
 * did, so that whoever remembers the key set never meets a token that it cannot verify. Pure: `now` is epoch ms.
 */

export type KeyState = "next" | "current" | "previous";

/** What the decision needs to know of a stored key. Times are epoch ms. */
export interface KeyRecord {
  readonly kid: string;
  readonly state: KeyState;
  readonly createdAt: number;
  readonly activatedAt: number | null;
  readonly retiredAt: number | null;
}

/** How long a key signs. */
export const SIGNING_MS = 30 * 86_400_000;
/** How long it is published before. */
export const ANNOUNCED_MS = 3_600_000;
/** How long it is published after. */
export const PREVIOUS_MS = 86_400_000;

/** Whether the next key should take the current one's place. */
export function rotationDue(keys: readonly KeyRecord[], now: number): boolean {
  const current = keys.find(({ state }) => state === "current");
  const next = keys.find(({ state }) => state === "next");
  if (current === undefined || next === undefined) return false;
  const signsSince = current.activatedAt ?? current.createdAt;
  return now - signsSince >= SIGNING_MS && now - next.createdAt >= ANNOUNCED_MS;
}

/** Whether a key belongs in the key set: previous ones for a day. */
export function isPublished(key: KeyRecord, now: number): boolean {
  return key.state !== "previous" || now - (key.retiredAt ?? key.createdAt) < PREVIOUS_MS;
}

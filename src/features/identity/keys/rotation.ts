/**
 * Decides when signing keys change. Each key is published for at least an hour before it signs, and for a day after it
 * last signed. So no cached key set lacks the key of a valid token. Pure: `now` is epoch ms.
 */

export type KeyState = "next" | "current" | "previous";

/** The state of a stored key that the decision depends on. Times are epoch ms. */
export interface KeyRecord {
  readonly kid: string;
  readonly state: KeyState;
  readonly createdAt: number;
  readonly activatedAt: number | null;
  readonly retiredAt: number | null;
}

/** The time for which a key signs. */
export const SIGNING_MS = 30 * 86_400_000;
/** The time for which a key is published before it signs. */
export const ANNOUNCED_MS = 3_600_000;
/** The time for which a key is published after it last signed. */
export const PREVIOUS_MS = 86_400_000;

/** Whether the next key should replace the current one. */
export function rotationDue(keys: readonly KeyRecord[], now: number): boolean {
  const current = keys.find(({ state }) => state === "current");
  const next = keys.find(({ state }) => state === "next");
  if (current === undefined || next === undefined) return false;
  const signsSince = current.activatedAt ?? current.createdAt;
  return now - signsSince >= SIGNING_MS && now - next.createdAt >= ANNOUNCED_MS;
}

/** Whether the key belongs in the published set. Previous keys do for a day. */
export function isPublished(key: KeyRecord, now: number): boolean {
  return key.state !== "previous" || now - (key.retiredAt ?? key.createdAt) < PREVIOUS_MS;
}

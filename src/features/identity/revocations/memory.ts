/**
 * The revocations, as this isolate caches them. Revocations of this isolate count at once; those of other isolates are
 * read when the cache is five seconds old. While the database does not respond, the cached list serves for a minute.
 * After that it fails closed: tokens are refused.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { RevocableClaims } from "#core/contract/principal.ts";
import { refuse } from "../refusal.ts";
import { isUnversioned, type Revocation, RevocationList } from "./revocation.ts";
import { selectRevocations } from "./store.ts";

const FRESH_MS = 5_000;
const USABLE_MS = 60_000;
const RETRY_AFTER_SECONDS = 5;

type RevocationContext = Pick<RequestContext, "now" | "database">;

export interface Revocations {
  /** @throws Refusal if the revocations are unavailable */
  isRevoked(claims: RevocableClaims, context: RevocationContext): Promise<boolean>;
  note(entries: readonly Revocation[]): void;
}

const shared = rememberRevocations();

/** Whether a verified token of this service has been revoked. @throws Refusal if the revocations are unavailable */
export function isRevoked(claims: RevocableClaims, context: RevocationContext): Promise<boolean> {
  return shared.isRevoked(claims, context);
}

/** Call it when the batch with these entries is committed; from then on this isolate refuses the tokens. */
export function noteRevoked(entries: readonly Revocation[]): void {
  shared.note(entries);
}

/** The cache that `isRevoked` and `noteRevoked` share. */
export function sharedRevocations(): Revocations {
  return shared;
}

/** A separate cache, like that of one isolate. */
export function rememberRevocations(): Revocations {
  const list = new RevocationList();
  let readUpTo = 0;
  let refreshedAt = Number.NEGATIVE_INFINITY;
  /**
   * The number of account and client revocations that this isolate committed, and how many of them it has read since.
   */
  let noted = 0;
  let notedAndRead = 0;

  async function refresh({ now, database }: RevocationContext): Promise<void> {
    const notedBefore = noted;
    // If the clock moved back, entries that were skipped as expired may count again, so the list is read from its
    // start.
    const entries = await selectRevocations(database, now <= refreshedAt - FRESH_MS ? 0 : readUpTo, now);
    for (const entry of entries) list.add(entry);
    list.dropExpired(now);
    readUpTo = Math.max(readUpTo, entries.at(-1)?.seq ?? 0);
    refreshedAt = now;
    notedAndRead = Math.max(notedAndRead, notedBefore);
  }

  return {
    async isRevoked(claims, context) {
      // Requests are not always processed in the order of their times.
      const age = Math.abs(context.now - refreshedAt);
      const isBehind = notedAndRead < noted;
      if (age >= FRESH_MS || isBehind) {
        try {
          await refresh(context);
        } catch (error) {
          if (age > USABLE_MS || isBehind) {
            throw refuse({ kind: "no-revocations", retryAfterSeconds: RETRY_AFTER_SECONDS, cause: error });
          }
        }
      }
      return list.covers(claims);
    },
    note(entries) {
      for (const entry of entries) {
        if (isUnversioned(entry)) list.add({ ...entry, belowVersion: 0 });
      }
      // Only the database knows the version that an account or a client has reached, so the next token waits for a
      // read.
      if (!entries.every(isUnversioned)) noted += 1;
    },
  };
}

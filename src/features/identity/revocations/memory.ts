/**
 * The revocations as this isolate remembers them. Its own revocations count at once. It asks for those of other isolates
 * when its knowledge is five seconds old. While the database does not answer, it goes on for a minute with what it knows,
 * and then fails closed: a token that cannot be judged is refused.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import type { RevocableClaims } from "#core/contract/principal.ts";
import { refuse } from "../refusal.ts";
import { isUnversioned, type Revocation, RevocationList } from "./revocation.ts";
import { selectRevocations } from "./store.ts";

const FRESH_MS = 5_000;
const USABLE_MS = 60_000;
const RETRY_AFTER_SECONDS = 5;

type RevocationContext = Pick<Surroundings, "now" | "database">;

export interface Revocations {
  /** @throws Refusal when it cannot be told */
  isRevoked(claims: RevocableClaims, context: RevocationContext): Promise<boolean>;
  note(entries: readonly Revocation[]): void;
}

const shared = rememberRevocations();

/** Whether a verified token of ours has been revoked. @throws Refusal when it cannot be told */
export function isRevoked(claims: RevocableClaims, surroundings: RevocationContext): Promise<boolean> {
  return shared.isRevoked(claims, surroundings);
}

/** To be called when the batch with these entries is committed: from then on this isolate refuses the tokens. */
export function noteRevoked(entries: readonly Revocation[]): void {
  shared.note(entries);
}

/** The memory that `isRevoked` and `noteRevoked` share. */
export function sharedRevocations(): Revocations {
  return shared;
}

/** A memory of its own, as each isolate has one. */
export function rememberRevocations(): Revocations {
  const list = new RevocationList();
  let readUpTo = 0;
  let refreshedAt = Number.NEGATIVE_INFINITY;
  /** How many revocations of accounts and clients this isolate committed, and how many of them it has read since. */
  let noted = 0;
  let notedAndRead = 0;

  async function refresh({ now, database }: RevocationContext): Promise<void> {
    const notedBefore = noted;
    // Under a clock that went back, entries may have been passed over as expired that are not.
    const entries = await selectRevocations(database, now <= refreshedAt - FRESH_MS ? 0 : readUpTo, now);
    for (const entry of entries) list.add(entry);
    list.dropExpired(now);
    readUpTo = Math.max(readUpTo, entries.at(-1)?.seq ?? 0);
    refreshedAt = now;
    notedAndRead = Math.max(notedAndRead, notedBefore);
  }

  return {
    async isRevoked(claims, context) {
      // Requests are not always judged in the order in which they came.
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
      // Only the database knows the version that an account or a client has reached: the next token waits for it.
      if (!entries.every(isUnversioned)) noted += 1;
    },
  };
}

/**
 * The ways into an account beside its password that outlive a log-out: passkeys and API keys. Which of them an operation
 * ends is for the person to choose; what ends, ends in the batch of the operation.
 */
import type { Statements } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { type ListedKey, listLiveKeys, revokeKeysOf } from "../api-keys/store.ts";
import type { EndedWays } from "../mail/credential-events.ts";
import { listPasskeys, type Passkey, removePasskeysOf } from "../passkeys/store.ts";

/** What an account has. */
export interface OtherWays {
  readonly passkeys: readonly Passkey[];
  readonly apiKeys: readonly ListedKey[];
}

/** What the person keeps: passkeys by their ids or all of them, and all API keys or none. */
export interface KeptWays {
  readonly passkeys: readonly string[] | "all";
  readonly apiKeys: "all" | "none";
}

/** For operations that end log-ins and leave the rest, unless the person says otherwise. */
export const KEEP_ALL: KeptWays = { passkeys: "all", apiKeys: "all" };

/** For operations that end everything, unless the person says otherwise. */
export const KEEP_NONE: KeptWays = { passkeys: [], apiKeys: "none" };

/** Two reads at once. `now` is epoch ms. */
export async function listOtherWays(database: Database, userId: string, now: number): Promise<OtherWays> {
  const [passkeys, apiKeys] = await Promise.all([listPasskeys(database, userId), listLiveKeys(database, userId, now)]);
  return { passkeys, apiKeys };
}

/** Statements that end all that is not kept, also what was added since the person looked. */
export function endOtherWays(database: Database, userId: string, kept: KeptWays, now: number): Statements[number][] {
  return [
    ...(kept.passkeys === "all" ? [] : [removePasskeysOf(database, userId, kept.passkeys)]),
    ...(kept.apiKeys === "all" ? [] : [revokeKeysOf(database, userId, now)]),
  ];
}

/** How many of the account's ways are kept and how many end. */
export function countEnded({ passkeys, apiKeys }: OtherWays, kept: KeptWays): EndedWays {
  const keptPasskeys = passkeys.filter(({ id }) => kept.passkeys === "all" || kept.passkeys.includes(id)).length;
  const keptKeys = kept.apiKeys === "all" ? apiKeys.length : 0;
  return {
    kept: { passkeys: keptPasskeys, apiKeys: keptKeys },
    removed: { passkeys: passkeys.length - keptPasskeys, apiKeys: apiKeys.length - keptKeys },
  };
}

/**
 * Passkeys and API keys: besides the password, these give access to an account, and a log-out does not end them. The
 * person chooses which of them an operation removes. They are removed in the batch of that operation.
 */
import type { Statements } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { type ListedKey, listLiveKeys, revokeKeysOf } from "../api-keys/store.ts";
import type { EndedWays } from "../mail/credential-events.ts";
import { listPasskeys, type Passkey, removePasskeysOf } from "../passkeys/store.ts";

/** The passkeys and API keys of an account. */
export interface OtherWays {
  readonly passkeys: readonly Passkey[];
  readonly apiKeys: readonly ListedKey[];
}

/** What the person keeps: passkeys by id or all of them, and all API keys or none. */
export interface KeptWays {
  readonly passkeys: readonly string[] | "all";
  readonly apiKeys: "all" | "none";
}

/** The default of operations that end only sign-ins. */
export const KEEP_ALL: KeptWays = { passkeys: "all", apiKeys: "all" };

/** The default of operations that end all access to the account. */
export const KEEP_NONE: KeptWays = { passkeys: [], apiKeys: "none" };

/** Runs two reads in parallel. `now` is epoch ms. */
export async function listOtherWays(database: Database, userId: string, now: number): Promise<OtherWays> {
  const [passkeys, apiKeys] = await Promise.all([listPasskeys(database, userId), listLiveKeys(database, userId, now)]);
  return { passkeys, apiKeys };
}

/**
 * Statements that remove all passkeys and API keys that are not kept, including those that were added after the person
 * loaded the page.
 */
export function endOtherWays(database: Database, userId: string, kept: KeptWays, now: number): Statements[number][] {
  return [
    ...(kept.passkeys === "all" ? [] : [removePasskeysOf(database, userId, kept.passkeys)]),
    ...(kept.apiKeys === "all" ? [] : [revokeKeysOf(database, userId, now)]),
  ];
}

/** How many passkeys and API keys of the account are kept, and how many are removed. */
export function countEnded({ passkeys, apiKeys }: OtherWays, kept: KeptWays): EndedWays {
  const keptPasskeys = passkeys.filter(({ id }) => kept.passkeys === "all" || kept.passkeys.includes(id)).length;
  const keptKeys = kept.apiKeys === "all" ? apiKeys.length : 0;
  return {
    kept: { passkeys: keptPasskeys, apiKeys: keptKeys },
    removed: { passkeys: passkeys.length - keptPasskeys, apiKeys: apiKeys.length - keptKeys },
  };
}

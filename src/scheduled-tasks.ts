/**
 * The scheduled tasks: cancelling unpaid orders, removing what has expired, and rotating the signing keys when it is time. Each task
 * runs whether or not the others succeed; a task that failed is tried again the next time.
 */
import type { Settings } from "#core/contract/settings.ts";
import type { Database } from "#core/data/database.ts";
import { dropExpiredEffects } from "#features/idempotency/effects.ts";
import { rotate } from "#features/identity/keys/keys.ts";
import { dropExpiredLinks } from "#features/identity/mail/store.ts";
import { dropExpiredChallenges } from "#features/identity/passkeys/store.ts";
import { destroyExpired as dropExpiredRevocations } from "#features/identity/revocations/store.ts";
import { destroyExpired as dropExpiredArtifacts } from "#features/identity/server/store.ts";
import { dropExpiredSignIns } from "#features/identity/sign-ins/store.ts";
import { dropExpired as dropExpiredSnapshots } from "#features/paging/snapshot.ts";
import { expireUnpaid } from "#store/orders/expire.ts";

export interface Upkeep {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly settings: Settings;
  readonly database: Database;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** Takes one line of JSON. */
  writeLog(line: string): void;
}

type Task = (upkeep: Upkeep) => PromiseLike<unknown>;

/** The trigger of wrangler.toml that runs only what cannot wait for the others. */
export const EVERY_MINUTE = "* * * * *";

const URGENT_TASKS: Readonly<Record<string, Task>> = {
  "unpaid orders": ({ database, now }) => expireUnpaid({ database, now }),
};

const TASKS: Readonly<Record<string, Task>> = {
  ...URGENT_TASKS,
  snapshots: ({ database, now }) => dropExpiredSnapshots(database, now),
  "sign-ins": ({ database, now }) => dropExpiredSignIns(database, now),
  "mail links": ({ database, now }) => dropExpiredLinks(database, now),
  "passkey challenges": ({ database, now }) => dropExpiredChallenges(database, now),
  "oauth artifacts": ({ database, now }) => dropExpiredArtifacts(database, now),
  "idempotency effects": ({ database, now }) => dropExpiredEffects(database, now),
  revocations: ({ database, now }) => dropExpiredRevocations(database, now),
  "signing keys": (upkeep) => rotate(upkeep),
};

/** Runs the tasks of the trigger `cron`: all of them unless it is the one of every minute. Never rejects: a failure is one line of the log. */
export async function keepUp(upkeep: Upkeep, cron?: string): Promise<void> {
  for (const [name, task] of Object.entries(cron === EVERY_MINUTE ? URGENT_TASKS : TASKS)) {
    try {
      await task(upkeep);
    } catch (error) {
      upkeep.writeLog(JSON.stringify(failureLine(name, error, upkeep.now)));
    }
  }
}

function failureLine(task: string, error: unknown, now: number): Record<string, unknown> {
  return {
    timestamp: new Date(now).toISOString(),
    level: "error",
    message: "upkeep",
    "upkeep.task": task,
    "exception.message": error instanceof Error ? error.message : String(error),
  };
}

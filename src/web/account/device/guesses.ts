/**
 * How often a person may be wrong about a device's code. Codes are short, since people type them: a caller who could try
 * them by the thousand would let devices in that belong to others (RFC 8628 section 5.1). Each account is charged for its
 * own guesses, so that nobody else can lock it out. Fails closed.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { problem } from "#core/http/problem.ts";
import { refusalProblem } from "#features/identity/accounts/refusal.ts";

/** Wrong codes an account may give. */
const WRONG_CODES = { most: 20, windowMs: 60 * 60_000 };

/**
 * What `find` finds by a code; where it finds nothing, that counts as a guess of the account.
 *
 * @throws quota-exceeded where there were too many
 * @throws service-unavailable where they cannot be counted
 */
export async function countingGuesses<Found>(
  { objects, now }: Surroundings,
  accountId: string,
  find: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const counter = objects.LOGIN_ATTEMPTS.getByName(`device:account:${accountId}`);
  const verdict = await counter.spend(WRONG_CODES, now).catch((cause: unknown) => {
    throw problem("service-unavailable", { headers: { "Retry-After": "5" }, cause });
  });
  if (verdict.outcome === "wait") throw refusalProblem(verdict);
  const found = await find();
  if (found !== undefined) await counter.giveBack(now);
  return found;
}

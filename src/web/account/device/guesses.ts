/**
 * Limits wrong device codes. Codes are short because people type them, so an unlimited caller could guess the codes of
 * other devices (RFC 8628 section 5.1). Guesses count per account, so one account cannot lock out another. If the counter
 * is unavailable, the request fails.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { problem } from "#core/http/problem.ts";
import { refusalProblem } from "#features/identity/accounts/refusal.ts";

/** The wrong codes that an account can send. */
const WRONG_CODES = { most: 20, windowMs: 60 * 60_000 };

/**
 * Returns the result of `find`. If it finds nothing, counts a wrong guess for the account.
 *
 * @throws quota-exceeded after too many wrong guesses
 * @throws service-unavailable if the counter is unavailable
 */
export async function countingGuesses<Found>(
  { objects, now }: RequestContext,
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

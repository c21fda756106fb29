/**
 * The gate before everything that can be tried often: passwords, and requests for mail. It counts for the account that
 * is named, whether there is one or not, and for the address that asks; the stricter of the two decides. Fails closed:
 * where attempts cannot be counted there are none.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { networkOf } from "#core/http/ip-address.ts";
import { problem } from "#core/http/problem.ts";
import { verifyChallenge } from "../turnstile/verify-challenge.ts";
import type { Allowance } from "./allowance.ts";
import type { Thresholds, Verdict } from "./attempts.ts";

/** `isNetwork`: the network failed too often, so no new password of an account helps. */
export type Refused =
  | Extract<Verdict, { readonly outcome: "wait" }>
  | (Extract<Verdict, { readonly outcome: "challenge" }> & { readonly isNetwork?: true });

/** An attempt that may go on, and has been counted as failed. */
export interface OpenGate {
  readonly outcome: "open";
  /** The attempt was right: no failure counts for the account any more, and this one not for the address. */
  succeed(): Promise<void>;
}

export interface Attempt {
  /** Normalised. */
  readonly email: string;
  /** What the challenge's widget gave, where it was shown. */
  readonly challenge?: string | undefined;
}

type Counter = DurableObjectStub<InstanceType<typeof import("./login-attempts.ts").LoginAttempts>>;

const HOUR_MS = 60 * 60_000;
const ACCOUNT_THRESHOLDS: Thresholds = { challengeAfter: 5, waitAfter: 20 };
const ADDRESS_THRESHOLDS: Thresholds = { challengeAfter: 50, waitAfter: 200 };
/** A service without Turnstile would shut people out for a day for five mistakes, or for somebody else's. */
const WITHOUT_CHALLENGE = { challengeLapsesMs: 15 * 60_000 };
const ACCOUNT_MAILS: Allowance = { most: 5, windowMs: HOUR_MS };
const ADDRESS_MAILS: Allowance = { most: 20, windowMs: HOUR_MS };

/** What a mail is asked for. Each has an allowance of its own. */
export type MailRequest = "sign-up" | "reset";

/** Subscribers of one network hold a /64 each. */
const NETWORK = { v4: 32, v6: 64 };

const encoder = new TextEncoder();

/**
 * Counts an attempt to prove a password, where it may be made.
 *
 * @throws service-unavailable where it cannot be counted, or a challenge not be checked
 */
export async function gateLogIn(surroundings: Surroundings, attempt: Attempt): Promise<OpenGate | Refused> {
  const { account, address } = await countersOf(surroundings, "login", attempt.email);
  const lapse = surroundings.settings.turnstile === undefined ? WITHOUT_CHALLENGE : {};
  const beginBoth = (hasMetChallenge: boolean) =>
    openBoth(
      account.begin({ ...ACCOUNT_THRESHOLDS, ...lapse }, hasMetChallenge, surroundings.now),
      address?.begin({ ...ADDRESS_THRESHOLDS, ...lapse }, hasMetChallenge, surroundings.now),
      () => account.takeBack(),
      () => address?.takeBack(),
    );
  let verdict = await beginBoth(false);
  if (verdict.outcome === "challenge" && (await verifyChallenge(attempt.challenge, surroundings, "login"))) {
    verdict = await beginBoth(true);
  }
  if (verdict.outcome !== "open") return verdict;
  return {
    outcome: "open",
    async succeed() {
      // Counters that forget nothing err on the safe side.
      await Promise.allSettled([account.forgive(), address?.takeBack()]);
    },
  };
}

/**
 * Counts a request that sends a mail, if it may be made. Sign-ups do not use up what resets have, nor the reverse.
 *
 * @throws service-unavailable where it cannot be counted
 */
export async function gateMail(
  surroundings: Surroundings,
  request: MailRequest,
  email: string,
): Promise<{ readonly outcome: "open" } | Extract<Refused, { readonly outcome: "wait" }>> {
  const { account, address } = await countersOf(surroundings, `mail-${request}`, email);
  const verdict = await openBoth(
    account.spend(ACCOUNT_MAILS, surroundings.now),
    address?.spend(ADDRESS_MAILS, surroundings.now),
    () => account.giveBack(surroundings.now),
    () => address?.giveBack(surroundings.now),
  );
  if (verdict.outcome === "challenge") throw new TypeError("an allowance asks for no challenge");
  return verdict;
}

/** Nothing that failed before counts for the account: whoever has the mailbox has shown who they are. */
export async function forgive(surroundings: Surroundings, email: string): Promise<void> {
  const { account } = await countersOf(surroundings, "login", email);
  await account.forgive();
}

async function countersOf(
  { objects, address }: Surroundings,
  purpose: "login" | `mail-${MailRequest}`,
  email: string,
): Promise<{ readonly account: Counter; readonly address: Counter | undefined }> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(email)));
  const network = networkOf(address, NETWORK);
  const counter = (name: string): Counter => objects.LOGIN_ATTEMPTS.getByName(`${purpose}:${name}`);
  return {
    account: counter(`account:${digest.toHex()}`),
    // The platform always tells it; without it, everybody would have one.
    address: network === undefined ? undefined : counter(`address:${network}`),
  };
}

/** Both or neither: what one of them counted is undone where the other refuses. */
async function openBoth(
  asked: Promise<Verdict>,
  alsoAsked: Promise<Verdict> | undefined,
  undo: () => Promise<void>,
  undoOther: () => Promise<void> | undefined,
): Promise<{ readonly outcome: "open" } | Refused> {
  try {
    const [first, second] = await Promise.all([asked, alsoAsked ?? OPEN]);
    const verdict = stricter(first, second);
    if (verdict.outcome === "open") return verdict;
    await Promise.all([
      first.outcome === "open" ? undo() : undefined,
      second.outcome === "open" ? undoOther() : undefined,
    ]);
    return verdict.outcome === "challenge" && second.outcome === "challenge"
      ? { ...verdict, isNetwork: true }
      : verdict;
  } catch (cause) {
    throw problem("service-unavailable", { headers: { "Retry-After": "5" }, cause });
  }
}

const OPEN = { outcome: "open" } as const;

function stricter(one: Verdict, other: Verdict): Verdict {
  if (one.outcome === other.outcome) return secondsOf(one) > secondsOf(other) ? one : other;
  return [one, other].find(({ outcome }) => outcome === "wait") ?? (one.outcome === "open" ? other : one);
}

function secondsOf(verdict: Verdict): number {
  return verdict.outcome === "open" ? 0 : (verdict.seconds ?? 0);
}

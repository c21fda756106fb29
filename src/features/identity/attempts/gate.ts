/**
 * Limits the attempts that an attacker would repeat: to prove a password, and to have mail sent. They are counted per
 * named account, existing or not, and per client address. The stricter of the two counts decides. Fails closed: if
 * attempts cannot be counted, they are refused.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { networkOf } from "#core/http/ip-address.ts";
import { problem } from "#core/http/problem.ts";
import { verifyChallenge } from "../turnstile/verify-challenge.ts";
import type { Allowance } from "./allowance.ts";
import type { Thresholds, Verdict } from "./attempts.ts";

/** `isNetwork`: the network has too many failures, so a new password for the account does not help. */
export type Refused =
  | Extract<Verdict, { readonly outcome: "wait" }>
  | (Extract<Verdict, { readonly outcome: "challenge" }> & { readonly isNetwork?: true });

/** An allowed attempt, already counted as failed. */
export interface OpenGate {
  readonly outcome: "open";
  /** The attempt succeeded: clears the account's failures, and takes this attempt back from the address's count. */
  succeed(): Promise<void>;
}

export interface Attempt {
  /** Normalized. */
  readonly email: string;
  /** The response of the challenge widget, if the page showed one. */
  readonly challenge?: string | undefined;
}

type Counter = DurableObjectStub<InstanceType<typeof import("./login-attempts.ts").LoginAttempts>>;

const HOUR_MS = 60 * 60_000;
const ACCOUNT_THRESHOLDS: Thresholds = { challengeAfter: 5, waitAfter: 20 };
const ADDRESS_THRESHOLDS: Thresholds = { challengeAfter: 50, waitAfter: 200 };
/** Without Turnstile, an attacker's five failures would otherwise lock the account's owner out for a day. */
const WITHOUT_CHALLENGE = { challengeLapsesMs: 15 * 60_000 };
const ACCOUNT_MAILS: Allowance = { most: 5, windowMs: HOUR_MS };
const ADDRESS_MAILS: Allowance = { most: 20, windowMs: HOUR_MS };

/** The purpose of a mail. Each purpose has its own allowance. */
export type MailRequest = "sign-up" | "reset";

/** Each subscriber of a network holds a /64. */
const NETWORK = { v4: 32, v6: 64 };

const encoder = new TextEncoder();

/**
 * Counts an attempt to prove a password if it is allowed.
 *
 * @throws service-unavailable if the attempt cannot be counted or the challenge cannot be checked
 */
export async function gateLogIn(context: RequestContext, attempt: Attempt): Promise<OpenGate | Refused> {
  const { account, address } = await countersOf(context, "login", attempt.email);
  const lapse = context.settings.turnstile === undefined ? WITHOUT_CHALLENGE : {};
  const beginBoth = (hasMetChallenge: boolean) =>
    openBoth(
      account.begin({ ...ACCOUNT_THRESHOLDS, ...lapse }, hasMetChallenge, context.now),
      address?.begin({ ...ADDRESS_THRESHOLDS, ...lapse }, hasMetChallenge, context.now),
      () => account.takeBack(),
      () => address?.takeBack(),
    );
  let verdict = await beginBoth(false);
  if (verdict.outcome === "challenge" && (await verifyChallenge(attempt.challenge, context, "login"))) {
    verdict = await beginBoth(true);
  }
  if (verdict.outcome !== "open") return verdict;
  return {
    outcome: "open",
    async succeed() {
      // If a counter fails to clear, it keeps a higher count, which is safe.
      await Promise.allSettled([account.forgive(), address?.takeBack()]);
    },
  };
}

/**
 * Counts a request for a mail if it is allowed. Sign-ups and resets have separate allowances.
 *
 * @throws service-unavailable if the request cannot be counted
 */
export async function gateMail(
  context: RequestContext,
  request: MailRequest,
  email: string,
): Promise<{ readonly outcome: "open" } | Extract<Refused, { readonly outcome: "wait" }>> {
  const { account, address } = await countersOf(context, `mail-${request}`, email);
  const verdict = await openBoth(
    account.spend(ACCOUNT_MAILS, context.now),
    address?.spend(ADDRESS_MAILS, context.now),
    () => account.giveBack(context.now),
    () => address?.giveBack(context.now),
  );
  if (verdict.outcome === "challenge") throw new TypeError("an allowance never demands a challenge");
  return verdict;
}

/** Clears the account's failures: access to the mailbox has authenticated the person. */
export async function forgive(context: RequestContext, email: string): Promise<void> {
  const { account } = await countersOf(context, "login", email);
  await account.forgive();
}

async function countersOf(
  { objects, address }: RequestContext,
  purpose: "login" | `mail-${MailRequest}`,
  email: string,
): Promise<{ readonly account: Counter; readonly address: Counter | undefined }> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(email)));
  const network = networkOf(address, NETWORK);
  const counter = (name: string): Counter => objects.LOGIN_ATTEMPTS.getByName(`${purpose}:${name}`);
  return {
    account: counter(`account:${digest.toHex()}`),
    // The platform always provides the address. Without it, all clients would share one counter.
    address: network === undefined ? undefined : counter(`address:${network}`),
  };
}

/** Counts both or neither: if one refuses, the count of the other is taken back. */
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

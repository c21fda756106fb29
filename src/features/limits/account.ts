/** One policy and key, as an isolate deals with it: what limiter.ts needs of a bucket, and window-account.ts of a window. */
import { advance, type Bucket, fullBucket, MICRO, perMsOf, take, timeToEarn } from "./bucket.ts";
import type { BucketRule } from "./lender.ts";
import type { LimitPolicy } from "./policy.ts";
import { draw, inTime, type Outcome, openTill, type TillDoors, type View } from "./teller.ts";
import { decide, levelAt, noteDemand, noteGivenBack, noteLevel, noteRefused, putBack, wake } from "./wallet.ts";

export interface Account {
  /** A refusal that is certain without asking. */
  foresee(rule: BucketRule, now: number, cost: number): Outcome | undefined;
  draw(rule: BucketRule, cost: number, doors: TillDoors): Promise<Outcome>;
  /** Gives back what was taken, of a window at `at`, going on after the answer where the object has to know. */
  putBack(rule: BucketRule, cost: number, doors: TillDoors, at?: number): void;
  /** Hears how things stand; false where nobody answers. */
  look(rule: BucketRule, doors: TillDoors): Promise<boolean>;
  /** What is known here. */
  view(rule: BucketRule, now: number): View;
}

export function bucketAccount(mode: LimitPolicy["mode"]): Account {
  const till = openTill();
  const mayBorrow = mode === "lent";
  /** Counts while the object cannot be asked, so that what fails open is not without a limit. */
  let alone: Bucket | undefined;

  function takeAlone(rule: BucketRule, cost: number, now: number): { readonly waitMs: number; readonly view: View } {
    alone ??= { ...fullBucket(rule, now, 0), level: levelAt(till.wallet, rule, now) };
    const taken = take(alone, rule, now, cost);
    alone = taken.bucket;
    return { waitMs: taken.waitMs, view: viewOf(advance(alone, rule, now).level, rule, now) };
  }

  return {
    foresee(rule, now, cost) {
      till.wallet = wake(till.wallet, now);
      const decision = decide(till.wallet, rule, now, cost);
      if (decision.kind !== "refused") return undefined;
      // Refused ones count, too: they tell a flood from a client that has come too early.
      till.wallet = noteRefused(noteDemand(till.wallet, now, cost), now);
      return { kind: "refused", waitMs: decision.waitMs, by: "remembered" };
    },

    async draw(rule, cost, doors) {
      const outcome = await draw(till, rule, cost, mayBorrow, doors);
      if (outcome.kind === "failed") return { kind: "failed", alone: takeAlone(rule, cost, doors.now()) };
      if ((outcome.kind === "taken" ? outcome.from : outcome.by) === "object") alone = undefined;
      return outcome;
    },

    putBack(rule, cost, doors) {
      const now = doors.now();
      till.wallet = wake(till.wallet, now);
      const kept = putBack(till.wallet, rule, now, cost);
      till.wallet = kept ?? noteGivenBack(till.wallet, rule, now, cost);
      if (kept === undefined && cost > 0) doors.defer(inTime(doors.lender(false).giveBack(rule, cost)));
    },

    async look(rule, doors) {
      const heard = await inTime(doors.lender(false).look(rule));
      if (heard !== undefined) till.wallet = noteLevel(wake(till.wallet, doors.now()), rule, doors.now(), heard.value);
      return heard !== undefined;
    },

    view: (rule, now) => viewOf(levelAt(till.wallet, rule, now), rule, now),
  };
}

function viewOf(level: number, rule: BucketRule, now: number): View {
  return {
    remaining: Math.max(0, Math.floor(level / MICRO)),
    resetMs: now + timeToEarn(rule.capacity * MICRO - level, perMsOf(rule)),
  };
}

/** A sliding window, as an isolate deals with it: its object is asked each time, but for what is refused anyway. */
import type { Account } from "./account.ts";
import type { BucketRule, Recorded, WindowRule } from "./lender.ts";
import { inTime } from "./teller.ts";

/** How long a refusal is believed without asking again. */
const BELIEVED_MS = 1000;

export function windowAccount(): Account {
  let heard: (Recorded & { readonly at: number }) | undefined;
  let refusal: { readonly count: number; readonly readyAt: number; readonly at: number } | undefined;

  function hear(recorded: Recorded, at: number): void {
    heard = { ...recorded, at };
  }

  return {
    foresee(_rule, now, count) {
      if (refusal === undefined || count < refusal.count) return undefined;
      const isBelieved = now >= refusal.at && now < Math.min(refusal.readyAt, refusal.at + BELIEVED_MS);
      return isBelieved ? { kind: "refused", waitMs: refusal.readyAt - now, by: "remembered" } : undefined;
    },

    async draw(rule, count, doors) {
      if (count === 0) return { kind: "taken", from: "object" };
      const recorded = (await inTime(doors.lender(false).record(windowOf(rule), count)))?.value;
      if (recorded === undefined) return { kind: "failed" };
      const at = doors.now();
      hear(recorded, at);
      if (recorded.waitMs === 0) return { kind: "taken", from: "object", at: recorded.at };
      refusal = { count, readyAt: at + recorded.waitMs, at };
      return { kind: "refused", waitMs: recorded.waitMs, by: "object" };
    },

    putBack(rule, count, doors, at) {
      if (at === undefined || count === 0) return;
      if (heard !== undefined) heard = { ...heard, remaining: heard.remaining + count };
      refusal = undefined;
      doors.defer(inTime(doors.lender(false).unrecord(windowOf(rule), count, at)));
    },

    async look(rule, doors) {
      const recorded = (await inTime(doors.lender(false).lookWindow(windowOf(rule))))?.value;
      if (recorded !== undefined) hear(recorded, doors.now());
      return recorded !== undefined;
    },

    view(rule, now) {
      const isOver = heard === undefined || now >= heard.at + heard.emptyInMs;
      if (heard === undefined || isOver) return { remaining: rule.capacity, resetMs: now };
      return { remaining: Math.min(heard.remaining, rule.capacity), resetMs: heard.at + heard.emptyInMs };
    },
  };
}

/** A window as its rule came: the limit, refilled once a window. */
function windowOf({ capacity, refillPerSecond }: BucketRule): WindowRule {
  return { limit: capacity, windowMs: Math.round((capacity / refillPerSecond) * 1000) };
}

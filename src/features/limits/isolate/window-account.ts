/**
 * A sliding window as one isolate accounts for it. Every entry is a call to the window's object, except for refusals
 * that the isolate remembers. Without a response nothing is counted: the policy decides.
 */
import { settledWithin } from "#core/data/within.ts";
import type { WindowClient, WindowRule, WindowState } from "../bucket/window.ts";
import { type Account, type Connection, OBJECT_TIMEOUT_MS, REMEMBERED_MS } from "./account.ts";

/** What an isolate keeps of one window between requests. */
export interface WindowMemory {
  known: (WindowState & { readonly receivedAt: number }) | undefined;
  refusal: { readonly count: number; readonly readyAt: number; readonly receivedAt: number } | undefined;
}

export function createWindowMemory(): WindowMemory {
  return { known: undefined, refusal: undefined };
}

export function openWindowAccount(
  memory: WindowMemory,
  rule: WindowRule,
  connection: Connection<WindowClient>,
): Account {
  /** Waits for the object and remembers the state it reports. */
  async function receive(call: Promise<WindowState>): Promise<WindowMemory["known"]> {
    const state = await settledWithin(call, OBJECT_TIMEOUT_MS);
    if (state === undefined) return undefined;
    memory.known = { ...state, receivedAt: connection.now() };
    return memory.known;
  }

  return {
    knownRefusal(count) {
      const { refusal } = memory;
      if (refusal === undefined || count < refusal.count) return undefined;
      const now = connection.now();
      const rememberedUntil = Math.min(refusal.readyAt, refusal.receivedAt + REMEMBERED_MS);
      if (now < refusal.receivedAt || now >= rememberedUntil) return undefined;
      return { kind: "refused", waitMs: refusal.readyAt - now, by: "remembered" };
    },

    async take(count) {
      if (count === 0) return { kind: "taken", from: "object" };
      const state = await receive(connection.client(false).addToWindow(rule, count));
      if (state === undefined) return { kind: "failed" };
      const { waitMs, at, receivedAt } = state;
      if (waitMs === 0) return { kind: "taken", from: "object", at };
      memory.refusal = { count, readyAt: receivedAt + waitMs, receivedAt };
      return { kind: "refused", waitMs, by: "object" };
    },

    giveBack(count, takenAt) {
      if (takenAt === undefined || count === 0) return;
      if (memory.known !== undefined) {
        memory.known = { ...memory.known, remaining: memory.known.remaining + count };
      }
      memory.refusal = undefined;
      const call = connection.client(false).removeFromWindow(rule, count, takenAt);
      connection.defer(settledWithin(call, OBJECT_TIMEOUT_MS));
    },

    async refresh() {
      return (await receive(connection.client(false).readWindow(rule))) !== undefined;
    },

    state() {
      const { known } = memory;
      const now = connection.now();
      if (known === undefined) return { remaining: rule.limit, resetMs: now };
      const emptyAt = known.receivedAt + known.emptyInMs;
      if (now >= emptyAt) return { remaining: rule.limit, resetMs: now };
      return { remaining: Math.min(known.remaining, rule.limit), resetMs: emptyAt };
    },
  };
}

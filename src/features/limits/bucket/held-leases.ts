/**
 * The leases that one holder has from one bucket: an isolate from the bucket's object, or a location from the global
 * bucket. A holder uses no more than it leased and nothing after a lease ends; it stops using tokens before it returns
 * them. A visible step back of the clock ends all leases. Pure: `now` is the holder's clock in epoch milliseconds.
 */
import { HOLD_FACTOR } from "./bucket.ts";
import type { Lease, Settlement } from "./messages.ts";

export interface HeldLeases {
  /** In order of their end. The lease that ends first is used first. */
  readonly held: readonly HeldLease[];
  /** The latest time seen. */
  readonly seenAt: number;
}

interface HeldLease {
  readonly id: number;
  /** Whole tokens as leased. */
  readonly amount: number;
  /** Tokens of `amount` that were spent or subleased. */
  readonly used: number;
  /** Tokens of `used` that were reported as spent. */
  readonly reported: number;
  /** Tokens of `used` that were subleased and not reported as spent. */
  readonly subleased: number;
  /** From then on no token is used. Counted from before the lease was requested. */
  readonly endsAt: number;
  /** From then on the bucket ignores settlements of this lease. */
  readonly settleUntil: number;
}

/** What a holder changed, and what it has to report to the bucket. */
export interface Report {
  readonly leases: HeldLeases;
  readonly settlements: readonly Settlement[];
}

/** A sublease that would last a shorter time costs more than it helps. */
const SHORTEST_SUBLEASE_MS = 200;

export const NO_LEASES: HeldLeases = { held: [], seenAt: Number.NEGATIVE_INFINITY };

/** The leases at `now`. If the clock stepped back, none of them can be used any more. */
export function advanceLeases(leases: HeldLeases, now: number): HeldLeases {
  if (now === leases.seenAt) return leases;
  if (now > leases.seenAt) return { ...leases, seenAt: now };
  return { held: leases.held.map((lease) => ({ ...lease, endsAt: Number.NEGATIVE_INFINITY })), seenAt: now };
}

/** Adds a lease. `requestedAt` and `receivedAt` are times of the holder's clock. */
export function addLease(leases: HeldLeases, lease: Lease, requestedAt: number, receivedAt: number): HeldLeases {
  const current = advanceLeases(leases, receivedAt);
  const { id, amount, ttlMs } = lease;
  const isClockSteady = receivedAt >= requestedAt && leases.seenAt <= receivedAt;
  const endsAt = isClockSteady ? requestedAt + ttlMs : Number.NEGATIVE_INFINITY;
  const settleUntil = requestedAt + HOLD_FACTOR * ttlMs;
  const held = { id, amount, used: 0, reported: 0, subleased: 0, endsAt, settleUntil };
  const index = current.held.findLastIndex((other) => other.endsAt <= endsAt);
  return { ...current, held: current.held.toSpliced(index + 1, 0, held) };
}

/** Whole tokens that can be used at `now`. */
export function usableTokens(leases: HeldLeases, now: number): number {
  return advanceLeases(leases, now).held.reduce((sum, lease) => sum + usableOf(lease, now), 0);
}

/** Spends `cost` whole tokens. Undefined if the leases do not hold as many. */
export function spendTokens(leases: HeldLeases, now: number, cost: number): HeldLeases | undefined {
  const current = advanceLeases(leases, now);
  let missing = cost;
  const held = current.held.map((lease) => {
    const part = Math.min(missing, usableOf(lease, now));
    missing -= part;
    return part === 0 ? lease : { ...lease, used: lease.used + part };
  });
  return missing === 0 ? { ...current, held } : undefined;
}

/** Restores spent tokens to a lease in use. Undefined if no such lease has as many unreported spent tokens. */
export function restoreTokens(leases: HeldLeases, now: number, tokens: number): HeldLeases | undefined {
  const current = advanceLeases(leases, now);
  const index = current.held.findLastIndex((lease) => now < lease.endsAt && unreportedOf(lease) >= tokens);
  const lease = current.held[index];
  if (lease === undefined) return undefined;
  return { ...current, held: current.held.with(index, { ...lease, used: lease.used - tokens }) };
}

/**
 * Subleases up to `maxTokens` whole tokens of one lease to another holder. That holder counts the time from before it
 * sent its request, so its use ends before this lease does. Undefined if too little is left.
 */
export function subleaseTokens(
  leases: HeldLeases,
  now: number,
  maxTokens: number,
  ttlMs: number,
): { readonly leases: HeldLeases; readonly fromId: number; readonly lease: Omit<Lease, "id"> } | undefined {
  const current = advanceLeases(leases, now);
  const left = (lease: HeldLease) => (now + SHORTEST_SUBLEASE_MS <= lease.endsAt ? lease.amount - lease.used : 0);
  const [first] = current.held.filter((lease) => left(lease) > 0).sort((a, b) => usableOf(b, now) - usableOf(a, now));
  if (first === undefined || maxTokens < 1) return undefined;
  const amount = Math.min(maxTokens, left(first));
  const reduced = { ...first, used: first.used + amount, subleased: first.subleased + amount };
  return {
    leases: { ...current, held: current.held.map((lease) => (lease === first ? reduced : lease)) },
    fromId: first.id,
    lease: { amount, ttlMs: Math.min(ttlMs, first.endsAt - now) },
  };
}

/** Settles subleased tokens. Tokens that return after the lease has ended go back to the bucket. */
export function settleSublease(
  leases: HeldLeases,
  fromId: number,
  { spent, unused }: Omit<Settlement, "leaseId">,
): HeldLeases {
  const held = leases.held.map((lease) =>
    lease.id !== fromId || lease.subleased < spent + unused
      ? lease
      : { ...lease, used: lease.used - unused, subleased: lease.subleased - spent - unused },
  );
  return { ...leases, held };
}

/** Returns all leases, except for subleased tokens. */
export function returnLeases(leases: HeldLeases): Report {
  const settlements = leases.held.map((lease) => ({
    leaseId: lease.id,
    spent: unreportedOf(lease),
    unused: lease.amount - lease.used,
  }));
  const held = leases.held
    .filter(({ subleased }) => subleased > 0)
    .map((lease) => ({ ...lease, amount: lease.used, reported: lease.used - lease.subleased }));
  return { leases: { ...leases, held }, settlements: settlements.filter(isSubstantial) };
}

/** Reports what was spent, keeps leases that can still be used, and returns the others. */
export function reportLeases(leases: HeldLeases, now: number): Report {
  const current = advanceLeases(leases, now);
  const inUse = current.held.filter((lease) => now < lease.endsAt);
  const ended = returnLeases({
    ...current,
    held: current.held.filter((lease) => now >= lease.endsAt && now < lease.settleUntil),
  });
  const kept = inUse.map((lease) => ({ ...lease, reported: lease.used - lease.subleased }));
  return {
    leases: { ...current, held: [...ended.leases.held, ...kept] },
    settlements: [
      ...ended.settlements,
      ...inUse.map((lease) => ({ leaseId: lease.id, spent: unreportedOf(lease), unused: 0 })).filter(isSubstantial),
    ],
  };
}

function usableOf({ amount, used, endsAt }: HeldLease, now: number): number {
  return now < endsAt ? amount - used : 0;
}

function unreportedOf({ used, reported, subleased }: HeldLease): number {
  return used - subleased - reported;
}

function isSubstantial({ spent, unused }: Settlement): boolean {
  return spent > 0 || unused > 0;
}

/**
 * The loans that a borrower holds of one lender: an isolate of a bucket's object, a location of the world's. Guarantees
 * that no more is used than was lent, and nothing after its loan's life, and that what is handed
 * back is let go of first. A clock that is seen to step back ends all loans at once. No I/O and no clock: `now` is
 * passed in, in epoch milliseconds of the borrower.
 */
import { HELD_TIMES } from "./bucket.ts";
import type { Loan, Settlement } from "./lender.ts";

export interface Purse {
  /** The one that ends first is used first. */
  readonly held: readonly HeldLoan[];
  /** The latest time seen. */
  readonly seenAt: number;
}

interface HeldLoan {
  readonly id: number;
  /** Whole tokens, as they were lent. */
  readonly amount: number;
  /** Of these: used, whether spent or passed on. */
  readonly used: number;
  /** Of the used: told of. */
  readonly told: number;
  /** Of the used: passed on, and not known to be spent. */
  readonly passedOn: number;
  /** From then on nothing of it is used: its life counts from before it was asked for. */
  readonly endsAt: number;
  /** From then on the lender hears nothing of it. */
  readonly heldUntil: number;
}

/** What would be of less use than it costs to ask. */
const SHORTEST_LIFE_MS = 200;

export const EMPTY_PURSE: Purse = { held: [], seenAt: Number.NEGATIVE_INFINITY };

/** The purse at `now`: without a use for its loans where the clock stepped back. */
export function look(purse: Purse, now: number): Purse {
  if (now === purse.seenAt) return purse;
  if (now > purse.seenAt) return { ...purse, seenAt: now };
  return { held: purse.held.map((loan) => ({ ...loan, endsAt: Number.NEGATIVE_INFINITY })), seenAt: now };
}

/** Adds a loan. The times are the borrower's: before it asked, and when it had the answer. */
export function add(purse: Purse, loan: Loan, askedAt: number, answeredAt: number): Purse {
  const current = look(purse, answeredAt);
  const { id, amount, lifeMs } = loan;
  const isTrue = answeredAt >= askedAt && purse.seenAt <= answeredAt;
  const endsAt = isTrue ? askedAt + lifeMs : Number.NEGATIVE_INFINITY;
  const heldUntil = askedAt + HELD_TIMES * lifeMs;
  const held = { id, amount, used: 0, told: 0, passedOn: 0, endsAt, heldUntil };
  const index = current.held.findLastIndex((other) => other.endsAt <= endsAt);
  return { ...current, held: current.held.toSpliced(index + 1, 0, held) };
}

/** Whole tokens that can be used at `now`. */
export function usable(purse: Purse, now: number): number {
  return look(purse, now).held.reduce((sum, loan) => sum + usableOf(loan, now), 0);
}

/** Spends `cost` whole tokens, or undefined where they are not all there. */
export function spend(purse: Purse, now: number, cost: number): Purse | undefined {
  const current = look(purse, now);
  let missing = cost;
  const held = current.held.map((loan) => {
    const part = Math.min(missing, usableOf(loan, now));
    missing -= part;
    return part === 0 ? loan : { ...loan, used: loan.used + part };
  });
  return missing === 0 ? { ...current, held } : undefined;
}

/** Puts back whole tokens that were spent for nothing, or undefined where no loan that is in use misses as many. */
export function unspend(purse: Purse, now: number, tokens: number): Purse | undefined {
  const current = look(purse, now);
  const index = current.held.findLastIndex((loan) => now < loan.endsAt && spentUntold(loan) >= tokens);
  const loan = current.held[index];
  if (loan === undefined) return undefined;
  return { ...current, held: current.held.with(index, { ...loan, used: loan.used - tokens }) };
}

/**
 * Passes up to `most` whole tokens of one loan on to another borrower, who, since its time is measured from before it
 * asked, has let go of them when this loan ends. Undefined where there is too little left.
 */
export function passOn(
  purse: Purse,
  now: number,
  most: number,
  lifeMs: number,
): { readonly purse: Purse; readonly from: number; readonly loan: Omit<Loan, "id"> } | undefined {
  const current = look(purse, now);
  const left = (loan: HeldLoan) => (now + SHORTEST_LIFE_MS <= loan.endsAt ? loan.amount - loan.used : 0);
  const [first] = current.held.filter((loan) => left(loan) > 0).sort((a, b) => usableOf(b, now) - usableOf(a, now));
  if (first === undefined || most < 1) return undefined;
  const amount = Math.min(most, left(first));
  const { used, passedOn, endsAt } = first;
  const passing = { ...first, used: used + amount, passedOn: passedOn + amount };
  return {
    purse: { ...current, held: current.held.map((loan) => (loan === first ? passing : loan)) },
    from: first.id,
    loan: { amount, lifeMs: Math.min(lifeMs, endsAt - now) },
  };
}

/** Learns what became of tokens passed on. What is back after the loan has ended goes to its lender. */
export function resolve(purse: Purse, from: number, { spent, unused }: Omit<Settlement, "loan">): Purse {
  const held = purse.held.map((loan) =>
    loan.id !== from || loan.passedOn < spent + unused
      ? loan
      : { ...loan, used: loan.used - unused, passedOn: loan.passedOn - spent - unused },
  );
  return { ...purse, held };
}

/** Lets go of all loans, but for tokens passed on, and says what became of them. */
export function closeAll(purse: Purse): { readonly purse: Purse; readonly settlements: readonly Settlement[] } {
  const settlements = purse.held.map((loan) => ({
    loan: loan.id,
    spent: spentUntold(loan),
    unused: loan.amount - loan.used,
  }));
  const held = purse.held
    .filter(({ passedOn }) => passedOn > 0)
    .map((loan) => ({ ...loan, amount: loan.used, told: loan.used - loan.passedOn }));
  return { purse: { ...purse, held }, settlements: settlements.filter(says) };
}

/** Says what was spent, keeps what can still be used, and lets go of the rest. */
export function tell(
  purse: Purse,
  now: number,
): { readonly purse: Purse; readonly settlements: readonly Settlement[] } {
  const current = look(purse, now);
  const inUse = current.held.filter((loan) => now < loan.endsAt);
  const ended = closeAll({
    ...current,
    held: current.held.filter((loan) => now >= loan.endsAt && now < loan.heldUntil),
  });
  const kept = inUse.map((loan) => ({ ...loan, told: loan.used - loan.passedOn }));
  return {
    purse: { ...current, held: [...ended.purse.held, ...kept] },
    settlements: [
      ...ended.settlements,
      ...inUse.map((loan) => ({ loan: loan.id, spent: spentUntold(loan), unused: 0 })).filter(says),
    ],
  };
}

function usableOf({ amount, used, endsAt }: HeldLoan, now: number): number {
  return now < endsAt ? amount - used : 0;
}

function spentUntold({ used, told, passedOn }: HeldLoan): number {
  return used - passedOn - told;
}

function says({ spent, unused }: Settlement): boolean {
  return spent > 0 || unused > 0;
}

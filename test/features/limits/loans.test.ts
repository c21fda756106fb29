import { describe, expect, it } from "vitest";
import type { Loan } from "#features/limits/lender.ts";
import { add, closeAll, EMPTY_PURSE, passOn, resolve, spend, tell, unspend, usable } from "#features/limits/loans.ts";

const loan = (change: Partial<Loan> = {}): Loan => ({ id: 1, amount: 10, lifeMs: 2000, ...change });

describe("a loan", () => {
  it("is used until its life is over, measured from before it was asked for", () => {
    const purse = add(EMPTY_PURSE, loan(), 1000, 1800);
    expect(usable(purse, 1800)).toBe(10);
    expect(usable(purse, 2999)).toBe(10);
    expect(usable(purse, 3000)).toBe(0);
    expect(spend(purse, 3000, 1)).toBeUndefined();
  });

  it("is of no use when its answer took as long as its life", () => {
    expect(usable(add(EMPTY_PURSE, loan(), 1000, 3000), 3000)).toBe(0);
  });

  it("ends when the clock is seen to step back, also between the ask and its answer", () => {
    const purse = add(EMPTY_PURSE, loan(), 1000, 1100);
    expect(usable(purse, 1099)).toBe(0);
    expect(usable(add(EMPTY_PURSE, loan(), 1000, 999), 999)).toBe(0);
  });

  it("is spent whole or not at all, the one that ends first before others", () => {
    const both = add(add(EMPTY_PURSE, loan({ id: 2 }), 1500, 1500), loan({ id: 1, amount: 3 }), 1000, 1600);
    expect(spend(both, 1600, 14)).toBeUndefined();
    const left = spend(both, 1600, 5);
    expect(left && closeAll(left).settlements).toEqual([
      { loan: 1, spent: 3, unused: 0 },
      { loan: 2, spent: 2, unused: 8 },
    ]);
  });

  it("takes back no more than was spent of it and not told of", () => {
    const purse = spend(add(EMPTY_PURSE, loan(), 1000, 1000), 1000, 4);
    if (purse === undefined) throw new Error("four of ten can be spent");
    const back = unspend(purse, 1100, 4);
    expect(back && usable(back, 1100)).toBe(10);
    expect(unspend(purse, 1100, 5)).toBeUndefined();
    expect(unspend(tell(purse, 1100).purse, 1100, 1)).toBeUndefined();
    expect(unspend(purse, 3000, 1)).toBeUndefined();
  });

  it("is told of once, and handed back after its end as long as the lender hears of it", () => {
    const purse = spend(add(EMPTY_PURSE, loan(), 1000, 1000), 1000, 4);
    if (purse === undefined) throw new Error("four of ten can be spent");
    const first = tell(purse, 2000);
    expect(first.settlements).toEqual([{ loan: 1, spent: 4, unused: 0 }]);
    expect(tell(first.purse, 2500).settlements).toEqual([]);
    const ended = tell(first.purse, 4000);
    expect(ended.settlements).toEqual([{ loan: 1, spent: 0, unused: 6 }]);
    expect(ended.purse.held).toEqual([]);
    expect(tell(first.purse, 5000).settlements).toEqual([]);
  });
});

describe("passing on", () => {
  it("is for no longer than the loan itself, and not at all near its end", () => {
    const purse = add(EMPTY_PURSE, loan({ lifeMs: 4000 }), 1000, 1000);
    expect(passOn(purse, 1500, 4, 2000)?.loan).toEqual({ amount: 4, lifeMs: 2000 });
    expect(passOn(purse, 4000, 4, 2000)?.loan).toEqual({ amount: 4, lifeMs: 1000 });
    expect(passOn(purse, 4900, 4, 2000)).toBeUndefined();
  });

  it("counts tokens as spent when it hears so, and not before", () => {
    const passed = passOn(add(EMPTY_PURSE, loan(), 1000, 1000), 1000, 6, 2000);
    if (passed === undefined) throw new Error("six of ten can be passed on");
    expect(usable(passed.purse, 1000)).toBe(4);
    expect(tell(passed.purse, 1100).settlements).toEqual([]);
    const back = resolve(passed.purse, 1, { spent: 2, unused: 3 });
    expect(usable(back, 1100)).toBe(7);
    expect(tell(back, 1100).settlements).toEqual([{ loan: 1, spent: 2, unused: 0 }]);
    expect(tell(back, 3500).settlements).toEqual([{ loan: 1, spent: 2, unused: 7 }]);
    expect(usable(resolve(back, 1, { spent: 0, unused: 2 }), 1100)).toBe(7);
  });
});

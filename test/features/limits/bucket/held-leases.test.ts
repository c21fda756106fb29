import { describe, expect, it } from "vitest";
import {
  addLease,
  NO_LEASES,
  reportLeases,
  restoreTokens,
  returnLeases,
  settleSublease,
  spendTokens,
  subleaseTokens,
  usableTokens,
} from "#features/limits/bucket/held-leases.ts";
import type { Lease } from "#features/limits/bucket/messages.ts";

const lease = (change: Partial<Lease> = {}): Lease => ({ id: 1, amount: 10, ttlMs: 2000, ...change });

describe("a lease", () => {
  it("can be used until its end, measured from before the request", () => {
    const leases = addLease(NO_LEASES, lease(), 1000, 1800);
    expect(usableTokens(leases, 1800)).toBe(10);
    expect(usableTokens(leases, 2999)).toBe(10);
    expect(usableTokens(leases, 3000)).toBe(0);
    expect(spendTokens(leases, 3000, 1)).toBeUndefined();
  });

  it("cannot be used if the response took as long as the lease lasts", () => {
    expect(usableTokens(addLease(NO_LEASES, lease(), 1000, 3000), 3000)).toBe(0);
  });

  it("ends when the clock visibly steps back, also between the request and the response", () => {
    const leases = addLease(NO_LEASES, lease(), 1000, 1100);
    expect(usableTokens(leases, 1099)).toBe(0);
    expect(usableTokens(addLease(NO_LEASES, lease(), 1000, 999), 999)).toBe(0);
  });

  it("is spent in order of its end, and a cost is spent in full or not at all", () => {
    const both = addLease(addLease(NO_LEASES, lease({ id: 2 }), 1500, 1500), lease({ id: 1, amount: 3 }), 1000, 1600);
    expect(spendTokens(both, 1600, 14)).toBeUndefined();
    const left = spendTokens(both, 1600, 5);
    expect(left && returnLeases(left).settlements).toEqual([
      { leaseId: 1, spent: 3, unused: 0 },
      { leaseId: 2, spent: 2, unused: 8 },
    ]);
  });

  it("takes back no more than was spent and not reported", () => {
    const leases = spendTokens(addLease(NO_LEASES, lease(), 1000, 1000), 1000, 4);
    if (leases === undefined) throw new Error("four of ten can be spent");
    const back = restoreTokens(leases, 1100, 4);
    expect(back && usableTokens(back, 1100)).toBe(10);
    expect(restoreTokens(leases, 1100, 5)).toBeUndefined();
    expect(restoreTokens(reportLeases(leases, 1100).leases, 1100, 1)).toBeUndefined();
    expect(restoreTokens(leases, 3000, 1)).toBeUndefined();
  });

  it("is reported once, and returned after its end while the bucket accepts settlements", () => {
    const leases = spendTokens(addLease(NO_LEASES, lease(), 1000, 1000), 1000, 4);
    if (leases === undefined) throw new Error("four of ten can be spent");
    const first = reportLeases(leases, 2000);
    expect(first.settlements).toEqual([{ leaseId: 1, spent: 4, unused: 0 }]);
    expect(reportLeases(first.leases, 2500).settlements).toEqual([]);
    const ended = reportLeases(first.leases, 4000);
    expect(ended.settlements).toEqual([{ leaseId: 1, spent: 0, unused: 6 }]);
    expect(ended.leases.held).toEqual([]);
    expect(reportLeases(first.leases, 5000).settlements).toEqual([]);
  });
});

describe("a sublease", () => {
  it("lasts no longer than the lease, and is not granted near its end", () => {
    const leases = addLease(NO_LEASES, lease({ ttlMs: 4000 }), 1000, 1000);
    expect(subleaseTokens(leases, 1500, 4, 2000)?.lease).toEqual({ amount: 4, ttlMs: 2000 });
    expect(subleaseTokens(leases, 4000, 4, 2000)?.lease).toEqual({ amount: 4, ttlMs: 1000 });
    expect(subleaseTokens(leases, 4900, 4, 2000)).toBeUndefined();
  });

  it("counts as spent when it is settled, and not before", () => {
    const passed = subleaseTokens(addLease(NO_LEASES, lease(), 1000, 1000), 1000, 6, 2000);
    if (passed === undefined) throw new Error("six of ten can be subleased");
    expect(usableTokens(passed.leases, 1000)).toBe(4);
    expect(reportLeases(passed.leases, 1100).settlements).toEqual([]);
    const back = settleSublease(passed.leases, 1, { spent: 2, unused: 3 });
    expect(usableTokens(back, 1100)).toBe(7);
    expect(reportLeases(back, 1100).settlements).toEqual([{ leaseId: 1, spent: 2, unused: 0 }]);
    expect(reportLeases(back, 3500).settlements).toEqual([{ leaseId: 1, spent: 2, unused: 7 }]);
    expect(usableTokens(settleSublease(back, 1, { spent: 0, unused: 2 }), 1100)).toBe(7);
  });
});

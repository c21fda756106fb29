/** The complete table of states and transitions. */
import { describe, expect, it } from "vitest";
import {
  ORDER_STATUSES,
  ORDER_STEPS,
  type OrderStatus,
  type OrderStep,
  statusAfter,
  stepsFrom,
} from "#store/orders/states.ts";

const ALLOWED: Readonly<Record<string, OrderStatus>> = {
  "placed pay": "paid",
  "placed cancel": "cancelled",
  "paid ship": "shipped",
  "paid cancel": "cancelled",
  "paid refund": "refunded",
  "shipped deliver": "delivered",
  "shipped refund": "refunded",
  "delivered refund": "refunded",
};

const PAIRS: readonly (readonly [OrderStatus, OrderStep])[] = ORDER_STATUSES.flatMap((status) =>
  ORDER_STEPS.map((step) => [status, step] as const),
);

describe("the states of an order", () => {
  it("are six, with five transitions", () => {
    expect(PAIRS).toHaveLength(30);
    expect(Object.keys(ALLOWED)).toHaveLength(8);
  });

  it.each(PAIRS)("%s, %s", (status, step) => {
    expect(statusAfter(status, step)).toBe(ALLOWED[`${status} ${step}`]);
    expect(stepsFrom(status).includes(step)).toBe(`${status} ${step}` in ALLOWED);
  });

  it.each(ORDER_STEPS)("%s is never possible twice in a row", (step) => {
    for (const status of ORDER_STATUSES) {
      const next = statusAfter(status, step);
      if (next !== undefined) expect(statusAfter(next, step)).toBeUndefined();
    }
  });

  it("are all reachable, and two of them are final", () => {
    const reached = new Set<OrderStatus>(["placed"]);
    for (const _ of ORDER_STATUSES) {
      for (const status of [...reached]) {
        for (const step of stepsFrom(status)) reached.add(statusAfter(status, step) ?? status);
      }
    }
    expect([...reached].sort()).toEqual([...ORDER_STATUSES].sort());
    expect(ORDER_STATUSES.filter((status) => stepsFrom(status).length === 0)).toEqual(["cancelled", "refunded"]);
  });
});

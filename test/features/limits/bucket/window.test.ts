import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addToWindow, removeFromWindow, type WindowLog } from "#features/limits/bucket/window.ts";

const RULE = { limit: 5, windowMs: 1000 };

describe("the sliding window", () => {
  it("never has more than its limit in any window, also with a clock that steps, and returns the exact wait", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ by: fc.integer({ min: -300, max: 700 }), count: fc.integer({ min: 1, max: 3 }) }), {
          maxLength: 60,
        }),
        (attempts) => {
          let log: WindowLog = [];
          let now = 50_000;
          const made: number[] = [];
          for (const { by, count } of attempts) {
            now += by;
            const { log: next, state } = addToWindow(log, RULE, now, count);
            if (state.waitMs > 0) {
              expect(next).toBe(log);
              expect(addToWindow(log, RULE, now + state.waitMs, count).state.waitMs).toBe(0);
              expect(addToWindow(log, RULE, now + state.waitMs - 1, count).state.waitMs).toBe(1);
              continue;
            }
            log = next;
            for (let n = 0; n < count; n += 1) made.push(next.at(-1) ?? 0);
          }
          for (const begin of made) {
            expect(made.filter((time) => time >= begin && time < begin + RULE.windowMs).length).toBeLessThanOrEqual(5);
          }
        },
      ),
    );
  });

  it("returns how many more entries fit, and when it is empty", () => {
    const first = addToWindow([], RULE, 100, 2);
    expect(first.state).toEqual({ waitMs: 0, remaining: 3, emptyInMs: 1000, at: 100 });
    expect(addToWindow(first.log, RULE, 400, 3).state).toEqual({ waitMs: 0, remaining: 0, emptyInMs: 1000, at: 400 });
    expect(addToWindow(first.log, RULE, 400, 4).state).toEqual({ waitMs: 700, remaining: 3, emptyInMs: 700, at: 400 });
  });

  it.each([
    [[100, 100, 400, 700], 1, 100, [100, 400, 700]],
    [[100, 100, 400, 700], 2, 100, [400, 700]],
    [[100, 100, 400, 700], 3, 100, [400, 700]],
    [[100, 100, 400, 700], 1, 700, [100, 100, 400]],
    [[100, 400], 1, 300, [100, 400]],
    [[], 1, 300, []],
  ])("removes only the entries of the given time: of %j %i at %i leaves %j", (log, count, at, left) => {
    expect(removeFromWindow(log, count, at)).toEqual(left);
  });
});

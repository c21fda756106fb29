import { describe, expect, it } from "vitest";
import { ALARM_REFUSALS, createRefusalAlarms } from "#features/limits/refusal-alarms.ts";

function raised(times: readonly number[], key = "default user:1"): number[] {
  const alarms = createRefusalAlarms();
  return times.filter((time) => alarms.countRefusal(key, time));
}

const every = (ms: number, count: number) => Array.from({ length: count }, (_, index) => index * ms);

describe("the alarm", () => {
  it("is raised by the 50th refusal only", () => {
    expect(raised(every(1, ALARM_REFUSALS - 1))).toEqual([]);
    expect(raised(every(1, 10 * ALARM_REFUSALS))).toEqual([ALARM_REFUSALS - 1]);
  });

  it("is raised again in the next minute", () => {
    expect(raised(every(1000, 180))).toEqual([49_000, 109_000, 169_000]);
  });

  it("is not raised by occasional refusals", () => {
    expect(raised(every(2000, 1000))).toEqual([]);
  });

  it("counts each key separately, and forgets the oldest of too many", () => {
    const alarms = createRefusalAlarms();
    for (let count = 1; count < ALARM_REFUSALS; count += 1) expect(alarms.countRefusal("a", 0)).toBe(false);
    for (let key = 0; key < 1000; key += 1) expect(alarms.countRefusal(`other ${key}`, 0)).toBe(false);
    expect(alarms.countRefusal("a", 0)).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { ALARM_REFUSALS, countAlarms } from "#features/limits/alarm.ts";

function raised(times: readonly number[], key = "default user:1"): number[] {
  const alarms = countAlarms();
  return times.filter((time) => alarms.refused(key, time));
}

const every = (ms: number, count: number) => Array.from({ length: count }, (_, index) => index * ms);

describe("the alarm", () => {
  it("is raised by the refusal that is one too many, and only by it", () => {
    expect(raised(every(1, ALARM_REFUSALS - 1))).toEqual([]);
    expect(raised(every(1, 10 * ALARM_REFUSALS))).toEqual([ALARM_REFUSALS - 1]);
  });

  it("is raised again in the next minute", () => {
    expect(raised(every(1000, 180))).toEqual([49_000, 109_000, 169_000]);
  });

  it("is not raised by refusals that come now and then", () => {
    expect(raised(every(2000, 1000))).toEqual([]);
  });

  it("counts each key for itself, and forgets the oldest of too many", () => {
    const alarms = countAlarms();
    for (let count = 1; count < ALARM_REFUSALS; count += 1) expect(alarms.refused("a", 0)).toBe(false);
    for (let key = 0; key < 1000; key += 1) expect(alarms.refused(`other ${key}`, 0)).toBe(false);
    expect(alarms.refused("a", 0)).toBe(false);
  });
});

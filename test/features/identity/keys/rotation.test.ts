import { describe, expect, it } from "vitest";
import { isPublished, type KeyRecord, rotationDue } from "#features/identity/keys/rotation.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const key = (state: KeyRecord["state"], times: Partial<KeyRecord> = {}): KeyRecord => ({
  kid: state,
  state,
  createdAt: 0,
  activatedAt: null,
  retiredAt: null,
  ...times,
});
const current = (activatedAt: number) => key("current", { activatedAt });
const next = (createdAt: number) => key("next", { createdAt });

describe("rotationDue", () => {
  it.each<[name: string, isDue: boolean, keys: KeyRecord[], now: number]>([
    ["is true after the current key has signed for 30 days", true, [current(0), next(0)], 30 * DAY],
    ["is false a millisecond earlier", false, [current(0), next(0)], 30 * DAY - 1],
    ["counts from the activation of the current key", false, [current(DAY), next(0)], 30 * DAY],
    ["is true after the next key has been published for an hour", true, [current(0), next(39 * DAY)], 39 * DAY + HOUR],
    [
      "is false while the next key has been published for less than an hour",
      false,
      [current(0), next(39 * DAY)],
      39 * DAY + HOUR - 1,
    ],
    ["is false without a next key", false, [current(0), key("previous")], 40 * DAY],
    ["is false without a current key", false, [next(0)], 40 * DAY],
    ["is false without keys", false, [], 40 * DAY],
  ])("%s", (_, isDue, keys, now) => {
    expect(rotationDue(keys, now)).toBe(isDue);
  });
});

it("a previous key is published for a day", () => {
  const previous = key("previous", { retiredAt: HOUR });
  expect(isPublished(previous, HOUR)).toBe(true);
  expect(isPublished(previous, HOUR + DAY - 1)).toBe(true);
  expect(isPublished(previous, HOUR + DAY)).toBe(false);
  expect(isPublished(current(0), 400 * DAY)).toBe(true);
  expect(isPublished(next(0), 400 * DAY)).toBe(true);
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Entry } from "#features/caching/edge/entry.ts";
import { collapseFlights } from "#features/caching/edge/flights.ts";

const ENTRY: Entry = { headers: [], body: new Uint8Array(1), etag: '"x"', modifiedAt: 0 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

it("a running read is joined by requests for the same key, and returns its result to all of them", async () => {
  const flights = collapseFlights();
  expect(flights.join("a", 0)).toBeUndefined();
  const land = flights.begin("a", 0);
  const joined = [flights.join("a", 0), flights.join("a", 1)];
  expect(flights.join("b", 0)).toBeUndefined();
  land(ENTRY);
  expect(await Promise.all(joined)).toEqual([ENTRY, ENTRY]);
  expect(flights.join("a", 1)).toBeUndefined();
});

it("a running read is awaited for at most two seconds, and not joined when it is older", async () => {
  const flights = collapseFlights();
  flights.begin("a", 0);
  const joined = flights.join("a", 2000);
  await vi.advanceTimersByTimeAsync(2000);
  expect(await joined).toBeUndefined();
  expect(flights.join("a", 2001)).toBeUndefined();
});

it("a running read is not joined if the clock was set back since it began", () => {
  const flights = collapseFlights();
  flights.begin("a", 3_600_000);
  expect(flights.join("a", 0)).toBeUndefined();
  expect(flights.join("a", 3_598_000)).toBeDefined();
});

it("a running read does not remove its successor when it ends after it was abandoned", async () => {
  const flights = collapseFlights();
  const landFirst = flights.begin("a", 0);
  const landSecond = flights.begin("a", 3000);
  landFirst(undefined);
  const joined = flights.join("a", 3000);
  landSecond(ENTRY);
  expect(await joined).toEqual(ENTRY);
});

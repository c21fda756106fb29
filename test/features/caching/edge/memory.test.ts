import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Entry, sizeOf } from "#features/caching/edge/entry.ts";
import { rememberEntries } from "#features/caching/edge/memory.ts";

function entryOf(bytes: number): Entry {
  return { headers: [], body: new Uint8Array(bytes), etag: '"x"', modifiedAt: 0 };
}

const ROOM = 10 * (sizeOf(entryOf(1000)) + 6);

describe("the in-memory cache of an isolate", () => {
  it("counts the URL and the headers, because a client can make them long", () => {
    const memory = rememberEntries(1_000_000);
    const entry: Entry = { ...entryOf(10), headers: [["Link", "x".repeat(24_000)]] };
    const variants = Array.from({ length: 100 }, (_, index) => `${index} ${"u".repeat(8_000)}`);
    for (const variant of variants) memory.set(variant, '"1"', entry);
    expect(variants.filter((variant) => memory.knows(variant)).length).toBeLessThan(20);
  });

  it("finds an entry only by the ETag that it was stored under", () => {
    const memory = rememberEntries();
    const entry = entryOf(1);
    memory.set("a", '"1"', entry);
    expect(memory.get("a", '"1"')).toBe(entry);
    expect(memory.get("a", '"2"')).toBeUndefined();
    expect(memory.get("b", '"1"')).toBeUndefined();
    expect([memory.knows("a"), memory.knows("b")]).toEqual([true, false]);
  });

  it("keeps the latest entry of each variant", () => {
    const memory = rememberEntries();
    memory.set("a", '"1"', entryOf(1));
    memory.set("a", '"2"', entryOf(2));
    expect(memory.get("a", '"1"')).toBeUndefined();
    expect(memory.get("a", '"2"')?.body.byteLength).toBe(2);
  });

  it("evicts the least recently used entry first", () => {
    const memory = rememberEntries(ROOM);
    for (let index = 0; index < 10; index += 1) memory.set(`v${index}`, '"1"', entryOf(1000));
    expect(memory.get("v0", '"1"')).toBeDefined();
    memory.set("new", '"1"', entryOf(1000));
    expect([memory.knows("v0"), memory.knows("v1"), memory.knows("v2")]).toEqual([true, false, true]);
  });

  it("never exceeds its size limit", () => {
    const kept = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20_000 })));
    fc.assert(
      fc.property(kept, (entries) => {
        const memory = rememberEntries(ROOM);
        const latest = new Map<string, Entry>();
        for (const [variant, bytes] of entries) {
          const entry = entryOf(bytes);
          memory.set(`v${variant}`, '"1"', entry);
          latest.set(`v${variant}`, entry);
        }
        const found = [...latest].filter(([variant]) => memory.knows(variant));
        expect(found.reduce((sum, [, entry]) => sum + sizeOf(entry), 0)).toBeLessThanOrEqual(ROOM);
        for (const [variant, entry] of found) expect(memory.get(variant, '"1"')).toBe(entry);
      }),
    );
  });
});

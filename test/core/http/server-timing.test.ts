import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatServerTiming, type TimingMetric } from "#core/http/server-timing.ts";

describe("formatServerTiming", () => {
  it.each<[TimingMetric, string]>([
    [{ name: "total" }, "total"],
    [{ name: "d1", durationMs: 0 }, "d1;dur=0"],
    [{ name: "d1", durationMs: 100 }, "d1;dur=100"],
    [{ name: "d1", durationMs: 3.1 }, "d1;dur=3.1"],
    [{ name: "d1", durationMs: 0.000_000_1 }, "d1;dur=0"],
    [{ name: "d1", durationMs: 2 / 3 }, "d1;dur=0.667"],
    [{ name: "source", description: "handler" }, 'source;desc="handler"'],
    [{ name: "source", description: "" }, 'source;desc=""'],
    [{ name: "d1", durationMs: 3, description: "2 calls" }, 'd1;dur=3;desc="2 calls"'],
    [{ name: "a", description: 'say "no", or \\; so' }, 'a;desc="say \\"no\\", or \\\\; so"'],
  ])("%j is %s", (metric, expected) => {
    expect(formatServerTiming([metric])).toBe(expected);
  });

  it("separates metrics with commas, and is empty without metrics", () => {
    expect(formatServerTiming([{ name: "a" }, { name: "b", durationMs: 1 }])).toBe("a, b;dur=1");
    expect(formatServerTiming([])).toBe("");
  });

  it.each<TimingMetric>([
    { name: "" },
    { name: "two words" },
    { name: "a;b" },
    { name: "a", durationMs: -1 },
    { name: "a", durationMs: Number.NaN },
    { name: "a", durationMs: Number.POSITIVE_INFINITY },
    { name: "a", description: "line\nbreak" },
    { name: "a", description: "ä" },
  ])("refuses %j", (metric) => {
    expect(() => formatServerTiming([metric])).toThrow(TypeError);
  });

  it("can be parsed again for any description", () => {
    const printable = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    });
    const duration = fc.integer({ min: 0, max: 10_000_000 }).map((microseconds) => microseconds / 1000);
    const metric = fc.record({ name: fc.stringMatching(/^[a-z0-9-]+$/), durationMs: duration, description: printable });
    fc.assert(
      fc.property(fc.array(metric, { maxLength: 4 }), (metrics) => {
        expect(parse(formatServerTiming(metrics))).toEqual(metrics);
      }),
    );
  });
});

/** Parses the header with the algorithm of the specification. */
function parse(text: string): TimingMetric[] {
  const metrics = text.matchAll(/([^;," ]+);dur=([^;,]+);desc="((?:[^"\\]|\\.)*)"/g);
  return Array.from(metrics, ([, name = "", dur, desc = ""]) => ({
    name,
    durationMs: Number(dur),
    description: desc.replaceAll(/\\(.)/g, "$1"),
  }));
}

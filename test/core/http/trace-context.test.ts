import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { continueTrace, formatTraceparent } from "#core/http/trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const NEW_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const NEW_SPAN = "00f067aa0ba902b7";
const VALID = `00-${TRACE}-${PARENT}-01`;
const FRESH = {
  traceId: NEW_TRACE,
  spanId: NEW_SPAN,
  parentId: undefined,
  sampled: false,
  random: true,
  state: undefined,
};

const join = (traceparent: string | null, tracestate: string | null = null) =>
  continueTrace(traceparent, tracestate, NEW_SPAN, NEW_TRACE);

describe("continueTrace", () => {
  it.each([
    ["00", false, false, "00"],
    ["01", true, false, "01"],
    ["02", false, true, "02"],
    ["03", true, true, "03"],
    ["09", true, false, "01"],
    ["fc", false, false, "00"],
    ["ff", true, true, "03"],
  ])("K02 reads the flags %s as bits", (flags, sampled, random, written) => {
    const context = join(`00-${TRACE}-${PARENT}-${flags}`);
    expect(context).toEqual({ traceId: TRACE, spanId: NEW_SPAN, parentId: PARENT, sampled, random, state: undefined });
    expect(formatTraceparent(context)).toBe(`00-${TRACE}-${NEW_SPAN}-${written}`);
  });

  it.each([
    ["no more parts", `01-${TRACE}-${PARENT}-03`],
    ["more parts", `cc-${TRACE}-${PARENT}-03-what-the-future-brings`],
    ["an empty part", `fe-${TRACE}-${PARENT}-03-`],
  ])("K02 continues a trace of a higher version with %s, as version 00", (_name, traceparent) => {
    const context = join(traceparent, "a=1");
    expect(context).toMatchObject({ traceId: TRACE, parentId: PARENT, sampled: true, random: true, state: "a=1" });
    expect(formatTraceparent(context)).toBe(`00-${TRACE}-${NEW_SPAN}-03`);
  });

  it.each([
    ["absent", null],
    ["empty", ""],
    ["nonsense", "hello"],
    ["version ff", `ff-${TRACE}-${PARENT}-01`],
    ["version in upper case", `CC-${TRACE}-${PARENT}-01`],
    ["version of one digit", `0-${TRACE}-${PARENT}-01`],
    ["version of three digits", `000-${TRACE}-${PARENT}-01`],
    ["version 00 with a fifth part", `${VALID}-01`],
    ["version 00 with a dash at the end", `${VALID}-`],
    ["version 01 with more and no dash", `01-${TRACE}-${PARENT}-01.what`],
    ["trace id in upper case", `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ["trace id of zeros", `00-${"0".repeat(32)}-${PARENT}-01`],
    ["trace id too short", `00-${TRACE.slice(1)}-${PARENT}-01`],
    ["trace id too long", `00-${TRACE}0-${PARENT}-01`],
    ["trace id not hex", `00-${TRACE.slice(1)}g-${PARENT}-01`],
    ["parent id in upper case", `00-${TRACE}-${PARENT.toUpperCase()}-01`],
    ["parent id of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["parent id too short", `00-${TRACE}-${PARENT.slice(1)}-01`],
    ["parent id not hex", `00-${TRACE}-${PARENT.slice(1)}.-01`],
    ["flags in upper case", `00-${TRACE}-${PARENT}-0A`],
    ["flags of one digit", `00-${TRACE}-${PARENT}-1`],
    ["flags of three digits", `00-${TRACE}-${PARENT}-001`],
    ["no flags", `00-${TRACE}-${PARENT}`],
    ["underscores", VALID.replaceAll("-", "_")],
    ["two headers", `${VALID}, ${VALID}`],
    ["two headers without a blank", `${VALID},${VALID}`],
    ["two headers of a higher version", `01-${TRACE}-${PARENT}-01-x, 01-${TRACE}-${PARENT}-01-x`],
    ["a line end", `${VALID}\n`],
    ["a blank", ` ${VALID}`],
  ])("K02 starts a new trace without state for %s", (_name, traceparent) => {
    expect(join(traceparent, "a=1")).toEqual(FRESH);
  });

  it("K02 marks a new trace as random and not sampled", () => {
    expect(formatTraceparent(join(null))).toBe(`00-${NEW_TRACE}-${NEW_SPAN}-02`);
  });

  const member = (index: number) => `k${index}=v`;
  const members = (count: number) => Array.from({ length: count }, (_, index) => member(index)).join(",");

  it.each([
    ["congo=t61rcWkgMzE", "congo=t61rcWkgMzE"],
    ["rojo=1,congo=2", "rojo=1,congo=2"],
    ["rojo=1 ,\tcongo=2", "rojo=1,congo=2"],
    [" , rojo=1,, congo=2,", "rojo=1,congo=2"],
    ["tenant@system=1", "tenant@system=1"],
    ["0a_-*/@=1", "0a_-*/@=1"],
    ["a= b c!~", "a= b c!~"],
    ["a=1,a=2", "a=1,a=2"],
    [`${"k".repeat(256)}=1`, `${"k".repeat(256)}=1`],
    [`a=${"v".repeat(256)}`, `a=${"v".repeat(256)}`],
    [`${"k".repeat(255)}=${"v".repeat(256)}`, `${"k".repeat(255)}=${"v".repeat(256)}`],
    [members(32), members(32)],
  ])("K02 passes on the state %j", (tracestate, state) => {
    expect(join(VALID, tracestate).state).toBe(state);
  });

  it.each([
    "",
    " ",
    ",,",
    "a",
    "a=",
    "=1",
    "A=1",
    "a b=1",
    "a =1",
    "a.b=1",
    "@a=1",
    "_a=1",
    "a=1=2",
    "a=1;b=2\x7f",
    "a=\t1",
    "a=é",
    "a=1\r\nx: y",
    "a=1,b",
    `${"k".repeat(257)}=1`,
    `a=${"v".repeat(257)}`,
    members(33),
    `a=1${" ".repeat(510)}`,
    `${"k".repeat(256)}=${"v".repeat(256)}`,
    `a=1,${"b=2,".repeat(1000)}`,
  ])("K02 drops the state %j and keeps the trace", (tracestate) => {
    expect(join(VALID, tracestate)).toMatchObject({ traceId: TRACE, parentId: PARENT, state: undefined });
  });

  it("K02 continues a trace of formatTraceparent, for any ids and flags", () => {
    const hex = (length: number) =>
      fc
        .array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length })
        .map((digits) => digits.join(""))
        .filter((id) => /[^0]/.test(id));
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), fc.boolean(), (traceId, spanId, sampled, random) => {
        const written = formatTraceparent({ ...FRESH, traceId, spanId, sampled, random });
        expect(join(written)).toMatchObject({ traceId, parentId: spanId, spanId: NEW_SPAN, sampled, random });
      }),
    );
  });

  it("K02 starts a new trace if one character is invalid", () => {
    const position = fc.integer({ min: 0, max: VALID.length - 1 });
    fc.assert(
      fc.property(position, fc.constantFrom(..."gG-, A\n"), (at, character) => {
        fc.pre(VALID.charAt(at) !== character);
        expect(join(VALID.slice(0, at) + character + VALID.slice(at + 1))).toEqual(FRESH);
      }),
    );
  });
});

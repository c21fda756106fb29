import { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import { bodyFaults, locateIn, MAX_FAULTS, parameterFaults, plainly } from "#pipeline/idempotency/faults.ts";

const Schema = z.strictObject({
  text: z.string().min(2).max(4),
  number: z.number().min(1).max(9),
  whole: z.int().max(9),
  flag: z.boolean(),
  kind: z.enum(["a", "b"]),
  only: z.literal("x"),
  list: z
    .array(z.strictObject({ quantity: z.int().min(1) }))
    .min(1)
    .max(2),
  mail: z.email(),
  own: z.string().refine((text) => text === "y", { error: "must be y" }),
});

const GOOD = {
  text: "abc",
  number: 1,
  whole: 1,
  flag: true,
  kind: "a",
  only: "x",
  list: [{ quantity: 1 }],
  mail: "a@example.com",
  own: "y",
};

function faultsOf(sent: unknown) {
  const parsed = Schema.safeParse(sent, plainly);
  return parsed.success ? [] : bodyFaults(parsed.error, sent, locateIn(sent));
}

describe("bodyFaults", () => {
  it("reports a number beyond all bounds once", () => {
    const faults = faultsOf({ ...GOOD, whole: 2 ** 53 });
    expect(faults).toMatchObject([{ pointer: "#/whole", code: "too-large" }]);
  });

  it.each([
    [{ text: 1 }, "#/text", "wrong-type", "`text` must be a string."],
    [{ text: null }, "#/text", "wrong-type", "`text` must be a string."],
    [{ text: "a" }, "#/text", "too-small", "`text` must have at least 2 characters."],
    [{ text: "abcde" }, "#/text", "too-large", "`text` must have at most 4 characters."],
    [{ number: "1" }, "#/number", "wrong-type", "`number` must be a number."],
    [{ number: 0 }, "#/number", "too-small", "`number` must be at least 1."],
    [{ number: 10 }, "#/number", "too-large", "`number` must be at most 9."],
    [{ whole: 1.5 }, "#/whole", "wrong-type", "`whole` must be a whole number."],
    [{ flag: "true" }, "#/flag", "wrong-type", "`flag` must be true or false."],
    [{ kind: "c" }, "#/kind", "not-allowed", "`kind` must be one of a, b."],
    [{ kind: undefined }, "#/kind", "not-allowed", "`kind` must be one of a, b."],
    [{ only: "z" }, "#/only", "not-allowed", "`only` must be x."],
    [{ list: {} }, "#/list", "wrong-type", "`list` must be an array."],
    [{ list: [] }, "#/list", "too-small", "`list` must have at least 1 items."],
    [{ list: [1] }, "#/list/0", "wrong-type", "`list[0]` must be an object."],
    [{ list: [{ quantity: 1 }, {}] }, "#/list/1", "required", "`list[1].quantity` is required."],
    [{ list: [{ quantity: 0 }] }, "#/list/0/quantity", "too-small", "`list[0].quantity` must be at least 1."],
    [{ mail: "a" }, "#/mail", "wrong-format", "`mail` has the wrong format."],
    [{ own: "z" }, "#/own", "invalid", "`own` must be y."],
    [{ "a b": 1 }, "#/a%20b", "unknown", "`a b` is not a writable member."],
  ])("G05 reports for %j: %s %s", (change, pointer, code, detail) => {
    expect(faultsOf({ ...GOOD, ...change })).toEqual([{ pointer, code, detail }]);
  });

  it.each(Object.keys(GOOD))("G05 reports a missing %s at the object that lacks it", (name) => {
    const { [name as keyof typeof GOOD]: _, ...rest } = GOOD;
    expect(faultsOf(rest)).toEqual([{ pointer: "#", code: "required", detail: `\`${name}\` is required.` }]);
  });

  it("reports nothing for a valid body, and never repeats a message of zod", () => {
    expect(faultsOf(GOOD)).toEqual([]);
    expect(JSON.stringify([faultsOf({}), faultsOf([]), faultsOf(null)])).not.toMatch(/Invalid|expected|received/);
    expect(faultsOf([])).toEqual([{ pointer: "#", code: "wrong-type", detail: "The body must be an object." }]);
  });

  it("G05 reports a bounded number of errors, and shortens long names", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x${index}`, 0]));
    expect(faultsOf({ ...GOOD, ...many })).toHaveLength(MAX_FAULTS);
    const [long] = faultsOf({ ...GOOD, ["💡".repeat(5000)]: 0 });
    expect(long).toMatchObject({ pointer: "#", code: "unknown" });
    expect(long?.detail.length).toBeLessThan(120);
    expect(long?.detail.isWellFormed()).toBe(true);
  });
});

describe("parameterFaults", () => {
  it("names the parameter and lists the allowed ones", () => {
    const parsed = z
      .strictObject({ limit: z.string().regex(/^[0-9]+$/) })
      .safeParse({ limit: "x", other: "1" }, plainly);
    expect(parsed.success ? [] : parameterFaults(parsed.error, ["limit"])).toEqual([
      { parameter: "limit", code: "wrong-format", detail: "The parameter `limit` has the wrong format." },
      { parameter: "other", code: "unknown", detail: "Unknown parameter `other`. Allowed: limit." },
    ]);
  });
});

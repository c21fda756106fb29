import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptCorrelationId } from "#core/http/correlation.ts";

describe("acceptCorrelationId", () => {
  it.each(["a", "0", "-", ".", "_", "..", "req-2026.11_A", "a".repeat(128)])("G09 accepts %j", (id) => {
    expect(acceptCorrelationId(id, "fresh")).toBe(id);
  });

  it.each([
    null,
    "",
    " ",
    "a b",
    " a",
    "a\n",
    "a\r\nX-Evil: 1",
    "a,b",
    "a/b",
    "a:b",
    "{}",
    "<script>",
    "%0a",
    "é",
    "ａ",
    "a\0",
    "a".repeat(129),
  ])("G09 replaces %j", (header) => {
    expect(acceptCorrelationId(header, "fresh")).toBe("fresh");
  });

  it("G09 returns a harmless id for any header", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (header) => {
        expect(acceptCorrelationId(header, "fresh")).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
      }),
    );
  });
});

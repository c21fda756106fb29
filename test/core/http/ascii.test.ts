import { describe, expect, it } from "vitest";
import { lowerAscii, upperAscii } from "#core/http/ascii.ts";

describe("ASCII case folding", () => {
  it("folds ASCII letters", () => {
    expect(lowerAscii("AbZ-09@[`{")).toBe("abz-09@[`{");
    expect(upperAscii("AbZ-09@[`{")).toBe("ABZ-09@[`{");
  });

  it.each(["\u212a", "\u0130", "\u0131", "\u017f", "\u00c4", "\u00df", "\uff21"])("does not change %o", (letter) => {
    expect(lowerAscii(letter)).toBe(letter);
    expect(upperAscii(letter)).toBe(letter);
  });
});

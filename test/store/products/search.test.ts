import { describe, expect, it } from "vitest";
import { matchExpression } from "#store/products/search.ts";

describe("matchExpression", () => {
  it.each<[string, string | null]>([
    ["walnut", '"walnut"*'],
    ["  desk \t\n lamp ", '"desk"* AND "lamp"*'],
    ["over-ear", '"over-ear"*'],
    ['5" tablet', '"5"""* AND "tablet"*'],
    ["a\u0000b", '"a"* AND "b"*'],
    ["a\u0085b\u001b", '"a"* AND "b"*'],
    ["NEAR(a b)", '"NEAR(a"* AND "b)"*'],
    ["name:x OR NOT y", '"name:x"* AND "OR"* AND "NOT"* AND "y"*'],
    ["\u{1F3A7} headphones", '"headphone"*'],
    ["shoes tents", '"shoe"* AND "tent"*'],
    ["glass focus tennis lens bus", '"glass"* AND "focus"* AND "tennis"* AND "lens"* AND "bus"*'],
    ["Fja\u0308llglim", '"Fjällglim"*'],
    ["", null],
    ["  ", null],
    ['"', null],
    ["* - ^ : ( )", null],
    ["\u{1F3A7}\u{1F525}", null],
    ["\u0000", null],
  ])("%j becomes %j", (text, expected) => {
    expect(matchExpression(text)).toBe(expected);
  });
});

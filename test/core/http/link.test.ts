import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fittingLinks, formatLinks, type Link } from "#core/http/link.ts";

describe("formatLinks", () => {
  it.each<[Link[], string]>([
    [[], ""],
    [[{ href: "https://api.example/v1/x", rel: "next" }], '<https://api.example/v1/x>; rel="next"'],
    [
      [
        { href: "https://api.example/v1/products?filter[price][gte]=5&sort=-a,b&cursor=A-_~", rel: "next" },
        { href: "/v1/products", rel: "first" },
      ],
      '<https://api.example/v1/products?filter[price][gte]=5&sort=-a,b&cursor=A-_~>; rel="next", </v1/products>; rel="first"',
    ],
    [[{ href: "/x", rel: "item https://rels.example/Own" }], '</x>; rel="item https://rels.example/Own"'],
  ])("D03 writes %j", (links, value) => {
    expect(formatLinks(links)).toBe(value);
  });

  it.each([
    ["/a>; rel=evil", "/a%3E;%20rel=evil"],
    ["/a<b", "/a%3Cb"],
    ["/a\r\nSet-Cookie: x=y", "/a%0D%0ASet-Cookie:%20x=y"],
    ['/"\\^`{|}', "/%22%5C%5E%60%7B%7C%7D"],
    ["/%3E%20", "/%3E%20"],
    ["/é😀", "/%C3%A9%F0%9F%98%80"],
    ["/\ud800", "/%EF%BF%BD"],
    ["/\0\x7f", "/%00%7F"],
  ])("encodes the href %j", (href, encoded) => {
    expect(formatLinks([{ href, rel: "next" }])).toBe(`<${encoded}>; rel="next"`);
  });

  it.each(["", " ", "Next", "next ", " next", "a  b", 'a"', "a\\", "a\r\nb", "1a", "nöxt"])("refuses rel %j", (rel) => {
    expect(() => formatLinks([{ href: "/x", rel }])).toThrow(TypeError);
  });

  it("does not change any URL of the RFC 3986 grammar", () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (text) => {
        const { href } = new URL(text);
        expect(formatLinks([{ href, rel: "self" }])).toBe(`<${href}>; rel="self"`);
      }),
    );
  });

  it("formats any href as one link of printable ASCII", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom(...'<>"\\;,= \r\n\0é\ud800'), { maxLength: 20 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (href) => {
        expect(formatLinks([{ href, rel: "next" }])).toMatch(/^<[\x21-\x7e]*>; rel="next"$/);
        expect(formatLinks([{ href, rel: "next" }])).toMatch(/^<[^<>"]*>; rel="next"$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("fittingLinks", () => {
  const link = (rel: string, bytes: number) => ({ rel, href: `https://a.test/?${"x".repeat(bytes)}` });
  const relations = (...links: { rel: string; href: string }[]) => fittingLinks(links).map(({ rel }) => rel);

  it("keeps all links in their order if they fit", () => {
    expect(relations(link("first", 1900), link("prev", 1900), link("next", 1900))).toEqual(["first", "prev", "next"]);
    expect(relations(link("first", 10))).toEqual(["first"]);
    expect(fittingLinks([])).toEqual([]);
  });

  it("drops `first`, then `prev`, if the links do not fit", () => {
    expect(relations(link("first", 2000), link("prev", 2000), link("next", 2000))).toEqual(["prev", "next"]);
    expect(relations(link("first", 2500), link("prev", 3500), link("next", 3500))).toEqual(["next"]);
    expect(relations(link("first", 2000), link("prev", 3500), link("next", 3500))).toEqual(["first", "next"]);
  });

  it("never returns more than 6,000 bytes", () => {
    for (const bytes of [0, 1, 1000, 1900, 1960, 2000, 2900, 3000, 4000, 7000]) {
      const kept = fittingLinks(["first", "prev", "next"].map((rel) => link(rel, bytes)));
      expect(formatLinks(kept).length).toBeLessThanOrEqual(6000);
    }
  });
});

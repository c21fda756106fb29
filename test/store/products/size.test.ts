/** The largest page that the contract allows is smaller than 1 MB in every format. */
import { expect, it } from "vitest";
import { FACETS, type Product, ProductResource, ProductSchema } from "#store/products/contract.ts";
import { formats } from "../../../src/app.ts";

const MAX_BYTES = 1_000_000;
/** A host name of 130 characters, and the longest URL and cursor that the service accepts. */
const ORIGIN = `https://${"a".repeat(63)}.${"b".repeat(61)}.test`;
const URL_OF_A_PAGE = `${ORIGIN}/${"x".repeat(8192 - ORIGIN.length - 1)}`;
const CURSOR = "c".repeat(2048);

/** A character of four UTF-8 bytes. Escapes of two bytes and quotes take less. */
const CHARACTER = "\u{1F4A1}";
const LARGEST: Product = {
  id: "prod_01hk24mtj6fnka55e09a4btv9s",
  name: CHARACTER.repeat(200),
  description: CHARACTER.repeat(2000),
  category: "c".repeat(60),
  brand: "b".repeat(60),
  price: { amount: 100_000_000, currency: "USD" },
  stock: 1_000_000_000,
  created_at: "2024-01-01T09:11:00.422Z",
  updated_at: "2024-01-01T09:11:00.422Z",
};

it("the largest product is valid, and no part of it can be larger", () => {
  expect(ProductSchema.safeParse(LARGEST).success).toBe(true);
  const larger: Partial<Product>[] = [
    { name: `${LARGEST.name}x` },
    { description: `${LARGEST.description}x` },
    { category: `${LARGEST.category}x` },
    { brand: `${LARGEST.brand}x` },
    { price: { amount: 100_000_001, currency: "USD" } },
    { stock: 1_000_000_001 },
  ];
  for (const change of larger) expect(ProductSchema.safeParse({ ...LARGEST, ...change }).success).toBe(false);
});

it.each(formats.map((format) => [format.mediaType, format] as const))("E10 %s", (_mediaType, format) => {
  const view = {
    resource: ProductResource,
    id: LARGEST.id,
    members: LARGEST,
    self: `${ORIGIN}${ProductResource.path(LARGEST.id)}`,
  };
  const facet = Array.from({ length: 100 }, () => ({ value: "v".repeat(60), count: 2_147_483_647 }));
  const list = format.writeList({
    resource: ProductResource,
    items: Array.from({ length: 100 }, () => view),
    page: { next: CURSOR, prev: CURSOR, has_more: true, limit: 100, snapshot: CURSOR },
    facets: Object.fromEntries(FACETS.map((name) => [name, facet])),
    links: { self: URL_OF_A_PAGE, first: URL_OF_A_PAGE, prev: URL_OF_A_PAGE, next: URL_OF_A_PAGE },
    embeds: false,
  });
  const bytes = new TextEncoder().encode(JSON.stringify(list)).length;
  expect(bytes).toBeGreaterThan(900_000);
  expect(bytes).toBeLessThan(MAX_BYTES);
});

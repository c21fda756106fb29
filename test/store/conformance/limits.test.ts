/** The price in tokens of list requests. */
import { expect, it } from "vitest";
import { remainingIn, startLimited } from "../../support/limited.ts";
import { staff } from "../../support/service.ts";

it.each([
  ["/v1/products", 2],
  ["/v1/products?q=lamp", 5],
  ["/v1/products?facets=category,brand", 4],
  ["/v1/products?include=brand,shop", 2],
  ["/v1/orders?include=user,address", 4],
])("B10 %s costs %i", async (path, cost) => {
  const response = await startLimited({ as: staff }).fetch(path);
  expect(100 - remainingIn(response)).toBe(cost);
});

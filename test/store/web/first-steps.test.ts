/** The first steps use the store with the examples of the OpenAPI document. */
import { expect, it } from "vitest";
import document from "#schema/openapi/openapi.json";
import { ORIGIN, startService } from "../../support/service.ts";

it("read, list and order the product of the document's examples", async () => {
  const page = await (await startService().fetch("/")).text();
  const { id } = document.paths["/v1/products/{id}"].get.responses[200].content["application/json"].example;
  for (const path of [`/v1/products/${id}`, "/v1/products?limit=3", "/v1/addresses", "/v1/orders"]) {
    expect(page).toContain(ORIGIN + path);
  }
  expect(page.match(/<li>\n<div class="step-text">/g)).toHaveLength(10);
});

/** The schema of a merge patch of products: nested members merge, and unknown members are refused. */
import { type Schema, validate } from "@cfworker/json-schema";
import { expect, it } from "vitest";
import document from "#schema/openapi/openapi.json";

const schema = { $ref: "#/components/schemas/ProductMergePatch", components: document.components };

it.each([
  [{ price: { amount: 1 } }, true],
  [{}, true],
  [{ price: { amount: 1, tax: 1 } }, false],
  [{ price: 1 }, false],
  [{ colour: "red" }, false],
  [{ stock: null }, false],
])("%j: %s", (patch, fits) => {
  expect(validate(patch, schema as unknown as Schema, "2020-12").valid).toBe(fits); // JSON in the shape of JSON Schema
});

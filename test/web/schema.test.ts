/** Schemas described in words. */
import { describe, expect, it } from "vitest";
import { constraintsOf, schemaBody, typeOf } from "#web/docs/schema.ts";
import type { Schema } from "#web/openapi.ts";

function text(markup: unknown): string {
  return String(markup).replaceAll(/<[^>]*>/g, "");
}

describe("typeOf", () => {
  it.each<[Schema, string]>([
    [{ type: "string" }, "string"],
    [{ type: ["string", "null"] }, "string or null"],
    [{ $ref: "#/components/schemas/Money" }, "Money"],
    [{ type: "array", items: { $ref: "#/components/schemas/Facet" } }, "array of Facet"],
    [{ oneOf: [{ type: "string" }, { type: "integer" }] }, "string or integer"],
    [{}, "any value"],
  ])("describes %j as %s", (schema, expected) => {
    expect(text(typeOf(schema))).toBe(expected);
  });
});

describe("constraintsOf", () => {
  it.each<[Schema, string[]]>([
    [{ minimum: 0, maximum: 1_000_000, format: "int32" }, ["0 to 1,000,000"]],
    [{ minLength: 31, maxLength: 31 }, ["exactly 31 characters"]],
    [{ maxLength: 60, pattern: "^[a-z]+$" }, ["at most 60 characters", "matches ^[a-z]+$"]],
    [{ enum: ["USD"] }, ["always USD"]],
    [{ format: "date-time" }, ["date-time"]],
    [{ maxItems: 3, items: { enum: ["a", "b"] } }, ["at most 3 items", "each one of a, b"]],
    [{ items: { $ref: "#/components/schemas/Facet" } }, []],
  ])("describes %j as %j", (schema, expected) => {
    expect(constraintsOf(schema).map(text)).toEqual(expected);
  });
});

it("schemaBody shows the path of nested members, and which are required", () => {
  const inner: Schema = { type: "object", properties: { limit: { type: "integer" } }, required: ["limit"] };
  const page = text(
    schemaBody("List", { type: "object", properties: { page: inner, data: { type: "array", items: inner } } }),
  );
  expect(page).toMatch(/page\.limit required/);
  expect(page).toMatch(/data\[\]\.limit required/);
  expect(page).not.toMatch(/data required/);
});

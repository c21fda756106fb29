/** The OpenAPI documents describe every member, parameter and header. */
import { describe, expect, it } from "vitest";
import { MEMBER_DESCRIPTION } from "#core/contract/member.ts";
import all from "#schema/openapi/openapi.json";
import v1 from "#schema/openapi/v1.json";

type Json = Record<string, unknown>;

/** The places of all members without a description. */
function undescribed(value: unknown, place: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => undescribed(item, `${place}/${index}`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as Json).flatMap(([name, member]) => {
    if (name === "example" || name === "examples") return [];
    if (name !== "properties") return undescribed(member, `${place}/${name}`);
    const properties = Object.entries(member as Json);
    const own = properties.filter(([, schema]) => !isDescribed(schema)).map(([key]) => `${place}.${key}`);
    return [...own, ...properties.flatMap(([key, schema]) => undescribed(schema, `${place}.${key}`))];
  });
}

function isDescribed(schema: unknown): boolean {
  const { description } = schema as Json;
  return typeof description === "string" && /^\S.*[.?)\]]$/s.test(description);
}

describe.each([
  ["openapi.json", all],
  ["v1.json", v1],
])("%s", (_, document) => {
  it("describes each member of each schema", () => {
    expect(undescribed(document, "")).toEqual([]);
  });

  it("describes each parameter and each header", () => {
    const parameters = Object.values(document.paths as Record<string, Json>).flatMap((operations) =>
      Object.values(operations).flatMap((operation) => (operation as { parameters?: Json[] }).parameters ?? []),
    );
    expect(parameters.filter((parameter) => !isDescribed(parameter))).toEqual([]);
    expect(Object.values(document.components.headers).filter((header) => !isDescribed(header))).toEqual([]);
  });

  it("does not contain the internal marker of descriptions", () => {
    expect(JSON.stringify(document)).not.toContain(MEMBER_DESCRIPTION);
  });

  it("describes a member separately from its shared schema", () => {
    const { UserList, Page } = document.components.schemas;
    expect(UserList.properties.page).toEqual({
      $ref: "#/components/schemas/Page",
      description: "The position of this page in the list, and how to get its neighbours.",
    });
    expect(Page.description).toBe("The position of a page in its list.");
  });
});

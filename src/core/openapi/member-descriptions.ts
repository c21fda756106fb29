/**
 * Moves the description of each member with a shared schema next to its `$ref` (OpenAPI 3.1 section 4.8.24.1). The
 * generator puts it into an `allOf`, or into the shared schema for the first member it meets.
 */
import { MEMBER_DESCRIPTION } from "#core/contract/member.ts";
import type { OpenApiDocument } from "./openapi.ts";

type Json = Record<string, unknown>;

const PREFIX = "#/components/schemas/";

/** Changes the document in place. */
export function placeMemberDescriptions(document: OpenApiDocument): void {
  const { schemas = {} } = document.components;
  const swallowed = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas)) {
    const description = isObject(schema) ? schema[MEMBER_DESCRIPTION] : undefined;
    if (!isObject(schema) || typeof description !== "string") continue;
    swallowed.set(`${PREFIX}${name}`, description);
    delete schema[MEMBER_DESCRIPTION];
  }
  visit(document, (object) => {
    const { properties } = object;
    if (!isObject(properties)) return;
    for (const [name, member] of Object.entries(properties)) {
      if (isObject(member)) properties[name] = placed(member, swallowed);
    }
  });
}

function placed(member: Json, swallowed: ReadonlyMap<string, string>): Json {
  const { $ref, allOf } = member;
  if (typeof $ref === "string") {
    const description = member["description"] ?? swallowed.get($ref);
    return description === undefined ? member : { $ref, description };
  }
  if (!Array.isArray(allOf) || allOf.length !== 2) return member;
  const [reference, extension] = allOf as [Json, Json]; // two schemas
  const { [MEMBER_DESCRIPTION]: description, ...others } = extension;
  if (description === undefined || Object.keys(others).length > 0) return member;
  return { ...reference, description };
}

function visit(value: unknown, use: (object: Json) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, use);
  } else if (isObject(value)) {
    use(value);
    for (const member of Object.values(value)) visit(member, use);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Describes a member whose schema is shared by name, such as a price. The shared schema keeps its own description; this
 * one appears at the member.
 */
import type { z } from "@hono/zod-openapi";

/** Carries the description until the document is complete. It never appears in a document. */
export const MEMBER_DESCRIPTION = "x-member-description";

const descriptions = new WeakMap<z.ZodType, string>();

/**
 * The schema as a member with that description. For a schema without a name, use `openapi({ description })` instead.
 */
export function describeMember<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  const described = schema.openapi({ [MEMBER_DESCRIPTION]: description });
  descriptions.set(described, description);
  return described;
}

/** The description that `describeMember` attached to the schema. */
export function memberDescription(schema: z.ZodType): string | undefined {
  return descriptions.get(schema);
}

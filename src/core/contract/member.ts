/**
 * Describes a member whose schema is shared by name, such as a price. The schema's own description stays that of the
 * shared schema, and this one is shown where the member stands.
 */
import type { z } from "@hono/zod-openapi";

/** Carries the description until the document is complete. It is in no document. */
export const MEMBER_DESCRIPTION = "x-member-description";

const descriptions = new WeakMap<z.ZodType, string>();

/** The schema as a member with that description. For a schema without a name, `openapi({ description })` is enough. */
export function describeMember<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  const described = schema.openapi({ [MEMBER_DESCRIPTION]: description });
  descriptions.set(described, description);
  return described;
}

/** What `describeMember` was told of the schema. */
export function memberDescription(schema: z.ZodType): string | undefined {
  return descriptions.get(schema);
}

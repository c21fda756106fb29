/** Schemas that all formats share. */
import { z } from "@hono/zod-openapi";
import type { Resource } from "../../contract/resource.ts";

const cursorSchema = z.string().max(2048).nullable();

export const pageSchema = z
  .strictObject({
    next: cursorSchema.openapi({
      description: "What to send as `cursor` (in a snapshot view as `page`) for the next page; null on the last.",
    }),
    prev: cursorSchema.openapi({ description: "The same for the page before; null on the first." }),
    has_more: z.boolean().openapi({ description: "Whether there is a next page." }),
    limit: z.int().min(1).max(100).openapi({ description: "The most items that this page could have." }),
    snapshot: z
      .string()
      .max(2048)
      .optional()
      .openapi({ description: "The token of the frozen list, in a snapshot view." }),
  })
  .openapi("Page");

const facetSchema = z
  .strictObject({ value: z.string().max(200), count: z.int().min(0).max(2_147_483_647) })
  .openapi("Facet");

export function facetsSchema(names: readonly string[]) {
  return z.strictObject(Object.fromEntries(names.map((name) => [name, z.array(facetSchema).max(200).optional()])));
}

/** The resource with all members, or with those that `fields` names: only the id is always there. */
export function selectionOf(resource: Resource) {
  return resource.schema
    .partial()
    .required({ id: true })
    .strict()
    .openapi(`${resource.name}Selection`, {
      description: `A ${resource.name.toLowerCase()}: every member, unless \`fields\` asks for fewer.`,
    });
}

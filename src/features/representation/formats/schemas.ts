/** Schemas that all formats share. */
import { z } from "@hono/zod-openapi";
import { describeMember } from "#core/contract/member.ts";
import { placeOf, type Resource } from "#core/contract/resource.ts";

/** Signed tokens are base64url, and page numbers digits. */
const TOKEN = "^[A-Za-z0-9_-]+$";

const cursorSchema = z.string().max(2048).nullable().openapi({ pattern: TOKEN });

const pageSchema = z
  .strictObject({
    next: cursorSchema.openapi({
      description: "What to send as `cursor` (in a snapshot view as `page`) for the next page; null on the last.",
    }),
    prev: cursorSchema.openapi({ description: "The same for the page before; null on the first." }),
    has_more: z.boolean().openapi({ description: "Whether there is a next page." }),
    limit: z
      .int()
      .min(1)
      .max(100)
      .openapi({ format: "int32", description: "The most items that this page could have." }),
    snapshot: z
      .string()
      .max(2048)
      .optional()
      .openapi({ pattern: TOKEN, description: "The token of the frozen list, in a snapshot view." }),
  })
  .openapi("Page", { description: "The position of a page in its list." });

/** The position of a page within its list, as a member of a response. */
export function pageMember() {
  return describeMember(pageSchema, "Where this page stands in the list, and how to get the others.");
}

const facetSchema = z
  .strictObject({
    value: z
      .string()
      .max(200)
      .openapi({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", description: "What to send as the facet's filter." }),
    count: z.int().min(0).max(2_147_483_647).openapi({ format: "int32", description: "How many match it." }),
  })
  .openapi("Facet", { description: "One value of a facet." });

export function facetsSchema(names: readonly string[]) {
  const counts = (name: string) =>
    z
      .array(facetSchema)
      .max(200)
      .optional()
      .openapi({ description: `The values of \`${name}\` among the matches, most frequent first.` });
  return z
    .strictObject(Object.fromEntries(names.map((name) => [name, counts(name)])))
    .openapi({ description: "How many items each value has, for the facets that were asked for." });
}

/** The same, with what `include` can embed in it, as plain JSON shows it. */
export function withEmbedded(resource: Resource): z.ZodObject {
  const { name, relations = [], schema } = resource;
  if (relations.length === 0) return selectionOf(resource);
  const shape: Record<string, z.ZodType> = { ...selectionOf(resource).shape };
  for (const relation of relations) {
    const { list, member } = placeOf(relation);
    const related = describeMember(
      selectionOf(relation.resource),
      `The resource that \`${relation.key}\` names, where \`include\` asks for it.`,
    ).optional();
    if (list === undefined) {
      shape[member] = related;
      continue;
    }
    const { element } = schema.shape[list] as z.ZodArray<z.ZodObject>; // where a relation is below a list, that is one of objects
    shape[list] = z
      .array(z.strictObject({ ...element.shape, [member]: related }))
      .max(100)
      .optional()
      .openapi({ description: "The elements, each with what `include` embeds in it." });
  }
  return z.strictObject(shape).openapi(`${name}Composite`, {
    description: `A ${name.toLowerCase()}: every member, unless \`fields\` asks for fewer, and what \`include\` asks for.`,
  });
}

/** The resource with all members, or with those that `fields` names: only the id is always there. */
export function selectionOf(resource: Resource) {
  return resource.schema.partial().required({ id: true }).strict().openapi(`${resource.name}Selection`, {
    description: "Every member, unless `fields` asks for fewer.",
  });
}

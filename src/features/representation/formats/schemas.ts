/** The schemas that all formats share. */
import { z } from "@hono/zod-openapi";
import { describeMember } from "#core/contract/member.ts";
import { placeOf, type Resource } from "#core/contract/resource.ts";

/** Signed tokens are base64url, and page numbers are digits. */
const TOKEN = "^[A-Za-z0-9_-]+$";

const cursorSchema = z.string().max(2048).nullable().openapi({ pattern: TOKEN });

const pageSchema = z
  .strictObject({
    next: cursorSchema.openapi({
      description: "The `cursor` of the next page, or its `page` number in a snapshot. Null on the last page.",
    }),
    prev: cursorSchema.openapi({ description: "The same for the previous page. Null on the first page." }),
    has_more: z.boolean().openapi({ description: "Whether there is a next page." }),
    limit: z
      .int()
      .min(1)
      .max(100)
      .openapi({ format: "int32", description: "The maximum number of items on this page." }),
    snapshot: z
      .string()
      .max(2048)
      .optional()
      .openapi({ pattern: TOKEN, description: "The token of the snapshot. Present only when paging by number." }),
  })
  .openapi("Page", { description: "The position of a page in its list." });

/** The position of a page within its list, as a member of a response. */
export function pageMember() {
  return describeMember(pageSchema, "The position of this page in the list, and how to get its neighbours.");
}

const facetSchema = z
  .strictObject({
    value: z
      .string()
      .max(200)
      .openapi({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", description: "The value for the filter of this facet." }),
    count: z.int().min(0).max(2_147_483_647).openapi({ format: "int32", description: "The number of matching items." }),
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
    .openapi({ description: "The number of items per value, for the requested facets." });
}

/** The schema of a resource in plain JSON, with the resources that `include` can embed. */
export function withEmbedded(resource: Resource): z.ZodObject {
  const { name, relations = [], schema } = resource;
  if (relations.length === 0) return selectionOf(resource);
  const shape: Record<string, z.ZodType> = { ...selectionOf(resource).shape };
  for (const relation of relations) {
    const { list, member } = placeOf(relation);
    const related = describeMember(
      selectionOf(relation.resource),
      `The resource that \`${relation.key}\` refers to, if \`include\` selects it.`,
    ).optional();
    if (list === undefined) {
      shape[member] = related;
      continue;
    }
    const { element } = schema.shape[list] as z.ZodArray<z.ZodObject>; // the list of a relation contains objects
    shape[list] = z
      .array(z.strictObject({ ...element.shape, [member]: related }))
      .max(100)
      .optional()
      .openapi({ description: "The elements, each with the resources that `include` embeds in it." });
  }
  return z.strictObject(shape).openapi(`${name}Composite`, {
    description: `Every member of the ${name.toLowerCase()} unless \`fields\` selects fewer, and the resources that \`include\` selects.`,
  });
}

/** The resource with all members, or those that `fields` selects. Only the id is always present. */
export function selectionOf(resource: Resource) {
  return resource.schema.partial().required({ id: true }).strict().openapi(`${resource.name}Selection`, {
    description: "Every member, unless `fields` selects fewer.",
  });
}

/** `application/vnd.api+json` (JSON:API 1.1): resource objects, their members as attributes. */
import { z } from "@hono/zod-openapi";
import type { Format, ResourceView } from "../../contract/format.ts";
import type { Resource } from "../../contract/resource.ts";
import { facetsSchema, pageSchema, selectionOf } from "./schemas.ts";

const JSON_API = { version: "1.1" } as const;

const versionSchema = z.strictObject({ version: z.literal("1.1") });
const urlSchema = z.url().max(8192);

export const jsonApi: Format = {
  mediaType: "application/vnd.api+json",
  writeResource: (view) => ({ jsonapi: JSON_API, data: resourceObject(view), links: { self: view.self } }),
  writeList: (view) => ({
    jsonapi: JSON_API,
    data: view.items.map(resourceObject),
    links: view.links,
    meta: { page: view.page, ...(view.facets === undefined ? {} : { facets: view.facets }) },
  }),
  resourceSchema: (resource, isWhole) =>
    z
      .strictObject({
        jsonapi: versionSchema,
        data: objectSchema(resource, isWhole),
        links: z.strictObject({ self: urlSchema }),
      })
      .openapi(`${resource.name}${isWhole ? "" : "Selection"}JsonApi`),
  listSchema: (resource, facets) =>
    z
      .strictObject({
        jsonapi: versionSchema,
        data: z.array(objectSchema(resource, false)).max(100),
        links: z.strictObject({
          self: urlSchema,
          first: urlSchema,
          next: urlSchema.optional(),
          prev: urlSchema.optional(),
        }),
        meta: z.strictObject({
          page: pageSchema,
          ...(facets.length === 0 ? {} : { facets: facetsSchema(facets).optional() }),
        }),
      })
      .openapi(`${resource.name}JsonApiList`),
};

function resourceObject(view: ResourceView) {
  const { id: _, ...attributes } = view.members;
  return { type: view.resource.collection, id: view.id, attributes, links: { self: view.self } };
}

function objectSchema(resource: Resource, isWhole: boolean) {
  const { id, ...attributes } = (isWhole ? resource.schema : selectionOf(resource)).shape;
  return z
    .strictObject({
      type: z.literal(resource.collection),
      id: id as z.ZodType, // every resource has one
      attributes: z.strictObject(attributes),
      links: z.strictObject({ self: urlSchema }),
    })
    .openapi(`${resource.name}${isWhole ? "" : "Selection"}JsonApiObject`);
}

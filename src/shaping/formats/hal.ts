/** `application/hal+json` (draft-kelly-json-hal): members beside `_links`, lists under `_embedded`. */
import { z } from "@hono/zod-openapi";
import type { Format, ResourceView } from "../../contract/format.ts";
import type { Resource } from "../../contract/resource.ts";
import { facetsSchema, pageSchema, selectionOf } from "./schemas.ts";

const linkSchema = z.strictObject({ href: z.url().max(8192) }).openapi("HalLink");

export const hal: Format = {
  mediaType: "application/hal+json",
  writeResource,
  writeList: (view) => ({
    _links: Object.fromEntries(Object.entries(view.links).map(([relation, href]) => [relation, { href }])),
    _embedded: { [view.resource.collection]: view.items.map(writeResource) },
    page: view.page,
    ...(view.facets === undefined ? {} : { facets: view.facets }),
  }),
  resourceSchema,
  listSchema: (resource, facets) =>
    z
      .strictObject({
        _links: z.strictObject({
          self: linkSchema,
          first: linkSchema,
          next: linkSchema.optional(),
          prev: linkSchema.optional(),
        }),
        _embedded: z.strictObject({ [resource.collection]: z.array(resourceSchema(resource, false)).max(100) }),
        page: pageSchema,
        ...(facets.length === 0 ? {} : { facets: facetsSchema(facets).optional() }),
      })
      .openapi(`${resource.name}HalList`),
};

function writeResource(view: ResourceView) {
  return { ...view.members, _links: { self: { href: view.self } } };
}

function resourceSchema(resource: Resource, isWhole: boolean) {
  const { shape } = isWhole ? resource.schema : selectionOf(resource);
  return z
    .strictObject({ ...shape, _links: z.strictObject({ self: linkSchema }) })
    .openapi(`${resource.name}${isWhole ? "" : "Selection"}Hal`);
}

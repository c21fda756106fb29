/**
 * `application/hal+json` (draft-kelly-json-hal): members beside `_links`, lists and related resources under `_embedded`.
 * Beside `self`, the links of a resource are the steps that can be taken with it, each by POST.
 */
import { z } from "@hono/zod-openapi";
import type { EmbeddedView, Format, ResourceView } from "#core/contract/format.ts";
import { placeOf, type Resource } from "#core/contract/resource.ts";
import { viewsOf } from "../embedded.ts";
import { facetsSchema, pageSchema, selectionOf } from "./schemas.ts";

const linkSchema = z.strictObject({ href: z.url().max(8192) }).openapi("HalLink");

export const hal: Format = {
  mediaType: "application/hal+json",
  offersTransitions: true,
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

function writeResource(view: ResourceView): Record<string, unknown> {
  const { members, self, transitions = {}, embedded } = view;
  const links = Object.entries({ self, ...transitions }).map(([relation, href]) => [relation, { href }]);
  return {
    ...members,
    _links: Object.fromEntries(links),
    ...(embedded === undefined ? {} : { _embedded: Object.fromEntries(embedded.flatMap(writeEmbedded)) }),
  };
}

/** One resource, or of a relation below a list an array of them; nothing for one that is gone or hidden. */
function writeEmbedded(view: EmbeddedView): [string, unknown][] {
  const { relation } = view;
  const written = viewsOf(view).map(writeResource);
  if (placeOf(relation).list !== undefined) return [[relation.name, written]];
  return written.map((one) => [relation.name, one]);
}

function resourceSchema(resource: Resource, isWhole: boolean): z.ZodType {
  const { shape } = isWhole ? resource.schema : selectionOf(resource);
  const { relations = [], transitions = [] } = resource;
  const links = Object.fromEntries(transitions.map(({ action }) => [action, linkSchema.optional()]));
  const embedded = relations.map((relation) => {
    const related = resourceSchema(relation.resource, false);
    return [relation.name, (placeOf(relation).list === undefined ? related : z.array(related).max(100)).optional()];
  });
  return z
    .strictObject({
      ...shape,
      _links: z.strictObject({ self: linkSchema, ...links }),
      ...(isWhole || relations.length === 0
        ? {}
        : { _embedded: z.strictObject(Object.fromEntries(embedded)).optional() }),
    })
    .openapi(`${resource.name}${isWhole ? "" : "Selection"}Hal`);
}

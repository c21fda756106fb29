/**
 * `application/vnd.api+json` (JSON:API 1.1): resource objects, their members as attributes. What `include` asks for is
 * linked as relationships, and stands under `included` once, however many name it.
 */
import { z } from "@hono/zod-openapi";
import type { EmbeddedView, Format, ResourceView } from "#core/contract/format.ts";
import { placeOf, type Resource } from "#core/contract/resource.ts";
import { viewsOf } from "../embedded.ts";
import { facetsSchema, pageSchema, selectionOf } from "./schemas.ts";

const JSON_API = { version: "1.1" } as const;

const versionSchema = z.strictObject({ version: z.literal("1.1") });
const urlSchema = z.url().max(8192);

export const jsonApi: Format = {
  mediaType: "application/vnd.api+json",
  offersTransitions: false,
  writeResource: (view) => ({
    jsonapi: JSON_API,
    data: resourceObject(view),
    ...(view.embedded === undefined ? {} : { included: includedIn([view]) }),
    links: { self: view.self },
  }),
  writeList: (view) => ({
    jsonapi: JSON_API,
    data: view.items.map(resourceObject),
    ...(view.embeds ? { included: includedIn(view.items) } : {}),
    links: view.links,
    meta: { page: view.page, ...(view.facets === undefined ? {} : { facets: view.facets }) },
  }),
  resourceSchema: (resource, isWhole) =>
    z
      .strictObject({
        jsonapi: versionSchema,
        data: objectSchema(resource, isWhole),
        ...(isWhole ? {} : includedSchema(resource)),
        links: z.strictObject({ self: urlSchema }),
      })
      .openapi(`${resource.name}${isWhole ? "" : "Selection"}JsonApi`),
  listSchema: (resource, facets) =>
    z
      .strictObject({
        jsonapi: versionSchema,
        data: z.array(objectSchema(resource, false)).max(100),
        ...includedSchema(resource),
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
  return {
    type: view.resource.collection,
    id: view.id,
    attributes,
    ...(view.embedded === undefined ? {} : { relationships: Object.fromEntries(view.embedded.flatMap(relationship)) }),
    links: { self: view.self },
  };
}

function relationship({ relation, entries }: EmbeddedView) {
  const identifiers = entries.map(({ id }) => ({ type: relation.resource.collection, id }));
  const [only] = identifiers;
  const data = placeOf(relation).list === undefined ? only : identifiers;
  return data === undefined ? [] : [[relation.name, { data }] as const];
}

function includedIn(views: readonly ResourceView[]) {
  const related = views.flatMap(({ embedded = [] }) => embedded.flatMap(viewsOf));
  const once = new Map(related.map((view) => [`${view.resource.collection} ${view.id}`, view]));
  return Array.from(once.values(), resourceObject);
}

/** As many as there can be: those of each resource of a page. */
const MAX_INCLUDED = 10_000;

function includedSchema({ relations = [] }: Resource) {
  const [first, ...others] = relations.map((relation) => objectSchema(relation.resource, false));
  if (first === undefined) return {};
  return {
    included: z
      .array(z.union([first, ...others]))
      .max(MAX_INCLUDED)
      .optional(),
  };
}

const identifierSchema = z
  .strictObject({
    type: z.string().max(60).openapi({ pattern: "^[a-z]+(_[a-z]+)*$" }),
    id: z.string().max(60).openapi({ pattern: "^[a-z]+_[0-9a-hjkmnp-tv-z]{26}$" }),
  })
  .openapi("JsonApiIdentifier");

function relationshipsSchema({ relations = [] }: Resource) {
  if (relations.length === 0) return {};
  const schemas = relations.map((relation) => {
    const data = placeOf(relation).list === undefined ? identifierSchema : z.array(identifierSchema).max(100);
    return [relation.name, z.strictObject({ data }).optional()];
  });
  return { relationships: z.strictObject(Object.fromEntries(schemas)).optional() };
}

function objectSchema(resource: Resource, isWhole: boolean) {
  const { id, ...attributes } = (isWhole ? resource.schema : selectionOf(resource)).shape;
  return z
    .strictObject({
      type: z.literal(resource.collection),
      id: id as z.ZodType, // every resource has one
      attributes: z.strictObject(attributes),
      ...(isWhole ? {} : relationshipsSchema(resource)),
      links: z.strictObject({ self: urlSchema }),
    })
    .openapi(`${resource.name}${isWhole ? "" : "Selection"}JsonApiObject`);
}

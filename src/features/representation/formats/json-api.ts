/**
 * `application/vnd.api+json` (JSON:API 1.1): resource objects with their members as attributes. Included resources are
 * linked as relationships, and appear once under `included` even if several resources refer to them.
 */
import { z } from "@hono/zod-openapi";
import type { EmbeddedView, Format, ResourceView } from "#core/contract/format.ts";
import { describeMember } from "#core/contract/member.ts";
import { placeOf, type Resource } from "#core/contract/resource.ts";
import { viewsOf } from "../embedded.ts";
import { attributesOf, readFieldset } from "./json-api-members.ts";
import { readJsonApiQuery } from "./json-api-query.ts";
import { facetsSchema, pageMember, selectionOf } from "./schemas.ts";

const JSON_API = { version: "1.1" } as const;

const versionSchema = z
  .strictObject({ version: z.literal("1.1").openapi({ description: "The version of JSON:API." }) })
  .openapi({ description: "The standard that the document conforms to." });

function urlSchema(description: string) {
  return z.url().max(8192).openapi({ description });
}

function selfLinks(description: string) {
  return z.strictObject({ self: urlSchema(description) }).openapi({ description: "Links of the resource." });
}

export const jsonApi: Format = {
  mediaType: "application/vnd.api+json",
  offersTransitions: false,
  readQuery: readJsonApiQuery,
  readFieldset,
  writeResource: (view) => ({
    jsonapi: JSON_API,
    data: resourceObject(view),
    ...(view.embedded === undefined ? {} : { included: includedIn([view]) }),
    links: { self: view.requested ?? view.self },
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
        data: describeMember(objectSchema(resource, isWhole), "The resource."),
        ...(isWhole ? {} : includedSchema(resource)),
        links: selfLinks("The URL of the resource."),
      })
      .openapi(`${resource.name}${isWhole ? "" : "Selection"}JsonApi`),
  listSchema: (resource, facets) =>
    z
      .strictObject({
        jsonapi: versionSchema,
        data: z
          .array(objectSchema(resource, false))
          .max(100)
          .openapi({ description: "The items of the page, in order." }),
        ...includedSchema(resource),
        links: z
          .strictObject({
            self: urlSchema("This page."),
            first: urlSchema("The first page."),
            next: urlSchema("The next page. Absent on the last.").optional(),
            prev: urlSchema("The previous page. Absent on the first.").optional(),
          })
          .openapi({ description: "Links to this page and its neighbours." }),
        meta: z
          .strictObject({
            page: pageMember(),
            ...(facets.length === 0 ? {} : { facets: facetsSchema(facets).optional() }),
          })
          .openapi({ description: "Data about the whole list." }),
      })
      .openapi(`${resource.name}JsonApiList`),
};

function resourceObject(view: ResourceView) {
  const { id: _, ...members } = view.members;
  const { embedded, linked } = view;
  const relations = embedded?.filter(({ relation }) => linked === undefined || linked.has(relation.name));
  return {
    type: view.resource.collection,
    id: view.id,
    attributes: attributesOf(view.resource, members),
    ...(relations === undefined ? {} : { relationships: Object.fromEntries(relations.flatMap(relationship)) }),
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
  const primary = new Set(views.map(identityOf));
  const once = new Map(related.map((view) => [identityOf(view), view]));
  return Array.from(once)
    .filter(([identity]) => !primary.has(identity))
    .map(([, view]) => resourceObject(view));
}

/** A document contains each resource once. */
function identityOf({ resource, id }: ResourceView): string {
  return `${resource.collection} ${id}`;
}

/** The maximum for a page: all related resources of each item. */
const MAX_INCLUDED = 10_000;

function includedSchema({ relations = [] }: Resource) {
  const [first, ...others] = relations.map((relation) => objectSchema(relation.resource, false));
  if (first === undefined) return {};
  return {
    included: z
      .array(z.union([first, ...others]))
      .max(MAX_INCLUDED)
      .optional()
      .openapi({ description: "The related resources that `include` selects, each once." }),
  };
}

const identifierSchema = z
  .strictObject({
    type: z
      .string()
      .max(60)
      .openapi({ pattern: "^[a-z]+(_[a-z]+)*$", description: "The collection of the related resource." }),
    id: z
      .string()
      .max(60)
      .openapi({ pattern: "^[a-z]+_[0-9a-hjkmnp-tv-z]{26}$", description: "The id of the related resource." }),
  })
  .openapi("JsonApiIdentifier", { description: "Identifies a resource in `included`." });

function relationshipsSchema({ relations = [] }: Resource) {
  if (relations.length === 0) return {};
  const schemas = relations.map((relation) => {
    const isOne = placeOf(relation).list === undefined;
    const data = isOne
      ? describeMember(identifierSchema, "The related resource.")
      : z.array(identifierSchema).max(100).openapi({ description: "The related resources, each once." });
    const description = `The resource or resources that \`${relation.key}\` refers to, if \`include\` selects them.`;
    return [relation.name, z.strictObject({ data }).optional().openapi({ description })];
  });
  const description = "The related resources that `include` selects.";
  return { relationships: z.strictObject(Object.fromEntries(schemas)).optional().openapi({ description }) };
}

function objectSchema(resource: Resource, isWhole: boolean) {
  const { id, ...attributes } = (isWhole ? resource.schema : selectionOf(resource)).shape;
  return z
    .strictObject({
      type: z.literal(resource.collection).openapi({ description: "The collection of the resource." }),
      id: id as z.ZodType, // every resource has one
      attributes: z
        .strictObject(attributesOf(resource, attributes as Record<string, z.ZodType>)) // a shape holds schemas
        .openapi({ description: "All members of the resource except its id." }),
      ...(isWhole ? {} : relationshipsSchema(resource)),
      links: selfLinks("The URL of the resource."),
    })
    .openapi(`${resource.name}${isWhole ? "" : "Selection"}JsonApiObject`);
}

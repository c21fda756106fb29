/**
 * `application/hal+json` (draft-kelly-json-hal): members beside `_links`, lists and related resources under `_embedded`.
 * Beside `self`, the links of a resource are the steps that can be taken with it, each by POST.
 */
import { z } from "@hono/zod-openapi";
import type { EmbeddedView, Format, ResourceView } from "#core/contract/format.ts";
import { describeMember } from "#core/contract/member.ts";
import { placeOf, type Resource } from "#core/contract/resource.ts";
import { viewsOf } from "../embedded.ts";
import { facetsSchema, pageMember, selectionOf } from "./schemas.ts";

const linkSchema = z
  .strictObject({ href: z.url().max(8192).openapi({ description: "The absolute URL." }) })
  .openapi("HalLink", { description: "A link." });

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
        _links: z
          .strictObject({
            self: describeMember(linkSchema, "This page."),
            first: describeMember(linkSchema, "The first page."),
            next: describeMember(linkSchema, "The next page. Absent on the last.").optional(),
            prev: describeMember(linkSchema, "The page before. Absent on the first.").optional(),
          })
          .openapi({ description: "Links to this page and the pages around it." }),
        _embedded: z
          .strictObject({
            [resource.collection]: z
              .array(resourceSchema(resource, false))
              .max(100)
              .openapi({ description: "The items of the page, in order." }),
          })
          .openapi({ description: "The items of the page, by the name of the collection." }),
        page: pageMember(),
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

function stepLink(action: string) {
  return describeMember(
    linkSchema,
    `Send POST here to ${action} it. Absent where its state or your rights do not allow it.`,
  ).optional();
}

function resourceSchema(resource: Resource, isWhole: boolean): z.ZodType {
  const { shape } = isWhole ? resource.schema : selectionOf(resource);
  const { relations = [], transitions = [] } = resource;
  const links = Object.fromEntries(transitions.map(({ action }) => [action, stepLink(action)]));
  const embedded = relations.map((relation) => {
    const related = resourceSchema(relation.resource, false);
    const isOne = placeOf(relation).list === undefined;
    const member = isOne
      ? describeMember(related, `The resource that \`${relation.key}\` names.`)
      : z
          .array(related)
          .max(100)
          .openapi({ description: `The resources that \`${relation.key}\` names, each once.` });
    return [relation.name, member.optional()];
  });
  return z
    .strictObject({
      ...shape,
      _links: z
        .strictObject({ self: describeMember(linkSchema, "This resource."), ...links })
        .openapi({ description: "Links to the resource, and to the steps that you can take with it now." }),
      ...(isWhole || relations.length === 0
        ? {}
        : {
            _embedded: z
              .strictObject(Object.fromEntries(embedded))
              .optional()
              .openapi({ description: "The related resources that `include` asks for." }),
          }),
    })
    .openapi(`${resource.name}${isWhole ? "" : "Selection"}Hal`);
}

/**
 * `application/hal+json` (draft-kelly-json-hal): the members, `_links`, and lists and related resources under
 * `_embedded`. Except for `self`, the links of a resource are its possible transitions, each by POST.
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
            prev: describeMember(linkSchema, "The previous page. Absent on the first.").optional(),
          })
          .openapi({ description: "Links to this page and its neighbours." }),
        _embedded: z
          .strictObject({
            [resource.collection]: z
              .array(resourceSchema(resource, false))
              .max(100)
              .openapi({ description: "The items of the page, in order." }),
          })
          .openapi({ description: "The items of the page, under the name of the collection." }),
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

/** One resource, or an array for a relation below a list. Missing and hidden resources are omitted. */
function writeEmbedded(view: EmbeddedView): [string, unknown][] {
  const { relation } = view;
  const written = viewsOf(view).map(writeResource);
  if (placeOf(relation).list !== undefined) return [[relation.name, written]];
  return written.map((one) => [relation.name, one]);
}

function stepLink(action: string) {
  return describeMember(
    linkSchema,
    `Send POST to this URL to ${action} it. Absent if its state or your permissions do not allow this.`,
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
      ? describeMember(related, `The resource that \`${relation.key}\` refers to.`)
      : z
          .array(related)
          .max(100)
          .openapi({ description: `The resources that \`${relation.key}\` refers to, each once.` });
    return [relation.name, member.optional()];
  });
  return z
    .strictObject({
      ...shape,
      _links: z
        .strictObject({ self: describeMember(linkSchema, "This resource."), ...links })
        .openapi({ description: "Links to the resource and to the operations that you can perform on it now." }),
      ...(isWhole || relations.length === 0
        ? {}
        : {
            _embedded: z
              .strictObject(Object.fromEntries(embedded))
              .optional()
              .openapi({ description: "The related resources that `include` selects." }),
          }),
    })
    .openapi(`${resource.name}${isWhole ? "" : "Selection"}Hal`);
}

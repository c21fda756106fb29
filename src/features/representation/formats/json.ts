/**
 * `application/json`: plain resources, and lists under `data` with `page`. Links are in the `Link` header. An embedded
 * resource appears beside the id that refers to it.
 */
import { z } from "@hono/zod-openapi";
import type { Format } from "#core/contract/format.ts";
import { membersWithEmbedded } from "../embedded.ts";
import { facetsSchema, pageMember, withEmbedded } from "./schemas.ts";

export const json: Format = {
  mediaType: "application/json",
  offersTransitions: false,
  writeResource: membersWithEmbedded,
  writeList: (view) => ({
    data: view.items.map(membersWithEmbedded),
    page: view.page,
    ...(view.facets === undefined ? {} : { facets: view.facets }),
  }),
  resourceSchema: (resource, isWhole) => (isWhole ? resource.schema : withEmbedded(resource)),
  listSchema: (resource, facets) =>
    z
      .strictObject({
        data: z.array(withEmbedded(resource)).max(100).openapi({ description: "The items of the page, in order." }),
        page: pageMember(),
        ...(facets.length === 0 ? {} : { facets: facetsSchema(facets).optional() }),
      })
      .openapi(`${resource.name}List`),
};

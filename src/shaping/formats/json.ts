/** `application/json`: the resource as it is, lists under `data` with `page`. Links are in the `Link` header. */
import { z } from "@hono/zod-openapi";
import type { Format } from "../../contract/format.ts";
import { facetsSchema, pageSchema, selectionOf } from "./schemas.ts";

export const json: Format = {
  mediaType: "application/json",
  writeResource: (view) => view.members,
  writeList: (view) => ({
    data: view.items.map((item) => item.members),
    page: view.page,
    ...(view.facets === undefined ? {} : { facets: view.facets }),
  }),
  resourceSchema: (resource, isWhole) => (isWhole ? resource.schema : selectionOf(resource)),
  listSchema: (resource, facets) =>
    z
      .strictObject({
        data: z.array(selectionOf(resource)).max(100),
        page: pageSchema,
        ...(facets.length === 0 ? {} : { facets: facetsSchema(facets).optional() }),
      })
      .openapi(`${resource.name}List`),
};

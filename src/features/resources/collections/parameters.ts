/** The query parameters of a collection's reads and lists. */
import { z } from "@hono/zod-openapi";
import {
  cursorParameters,
  fieldsParameter,
  includeParameter,
  pagingParameters,
  sortParameter,
} from "#core/contract/parameters.ts";
import { includePaths } from "#core/contract/resource.ts";
import { type Collection, parameterOf } from "./collection.ts";

/** The parameters of reads and lists that select what the response shows. */
export function shownParameters({
  collection,
  exampleFields,
}: {
  readonly collection: Collection;
  readonly exampleFields: readonly string[];
}) {
  const { schema, relations = [] } = collection.resource;
  return {
    fields: fieldsParameter(schema, exampleFields).optional(),
    ...(relations.length === 0 ? {} : { include: includeParameter(includePaths(relations)).optional() }),
  };
}

export function listParameters(
  { sortKeys, filters, hasSnapshots = false }: Collection,
  shown: ReturnType<typeof shownParameters>,
  more: z.core.$ZodLooseShape,
) {
  const filterParameters = filters.map((filter) => [parameterOf(filter), filter.parameter.optional()]);
  return z.object({
    ...(hasSnapshots ? pagingParameters() : cursorParameters()),
    sort: sortParameter(sortKeys).optional(),
    ...shown,
    ...more,
    ...(Object.fromEntries(filterParameters) as Record<never, never>), // known by name only
  });
}

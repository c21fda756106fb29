/** The five endpoints of a plain collection. A resource that differs declares its operations one by one. */
import type { z } from "@hono/zod-openapi";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { Members } from "#core/contract/resource.ts";
import { type CollectionFrame, operationsOf, type PatchExamples } from "./operations.ts";

/** The description of each operation. An operation without a description does not exist. */
export interface CollectionTexts {
  readonly list?: string;
  readonly create?: string;
  readonly read?: string;
  readonly change?: string;
  readonly delete?: string;
}

export interface CollectionEndpoints<Input extends z.ZodObject, Shown extends Members, Change extends z.ZodObject>
  extends Omit<CollectionFrame<Input, Shown, Change>, "one" | "many"> {
  readonly texts: CollectionTexts & Pick<CollectionFrame<Input, Shown, Change>, "one" | "many">;
  readonly example: z.input<Input>;
  readonly patchExamples: PatchExamples<Change>;
}

/**
 * The endpoints of a plain collection.
 *
 * @example
 * export const reviewEndpoints = collectionEndpoints({
 *   collection: reviewCollection,
 *   path: "/v1/reviews",
 *   tag: "Reviews",
 *   texts: { one: "a review", many: "reviews", list: "Pages through reviews.", read: "Returns one review." },
 *   example: EXAMPLE_INPUT,
 *   patchExamples: { merge: { rating: 4 }, json: [{ op: "replace", path: "/rating", value: 4 }] },
 *   exampleFields: ["id", "rating"],
 * });
 */
export function collectionEndpoints<Input extends z.ZodObject, Shown extends Members, Change extends z.ZodObject>({
  texts,
  example,
  patchExamples: examples,
  ...frame
}: CollectionEndpoints<Input, Shown, Change>): Endpoint[] {
  const { one, many, list, create, read, change, delete: remove } = texts;
  const operations = operationsOf({ ...frame, one, many });
  return [
    ...(list === undefined ? [] : [operations.list(list)]),
    ...(create === undefined ? [] : [operations.create(create, { example })]),
    ...(read === undefined ? [] : [operations.read(read)]),
    ...(change === undefined ? [] : [operations.change(change, { examples })]),
    ...(remove === undefined ? [] : [operations.delete(remove)]),
  ];
}

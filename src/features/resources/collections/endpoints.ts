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
 * export const addressEndpoints = collectionEndpoints({
 *   collection: addressCollection,
 *   path: "/v1/addresses",
 *   tag: "Addresses",
 *   texts: { one: "an address", many: "addresses", list: "Pages through addresses.", read: "Returns one address." },
 *   example: EXAMPLE_INPUT,
 *   patchExamples: { merge: { city: "Reno" }, json: [{ op: "replace", path: "/city", value: "Reno" }] },
 *   exampleFields: ["id", "city"],
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

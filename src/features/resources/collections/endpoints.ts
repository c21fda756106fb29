/**
 * The five endpoints of a collection: contract, policy and handler of list, create, read, change and delete. A module
 * names the operations that it serves and replaces a handler where its resource differs.
 */
import { z } from "@hono/zod-openapi";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { type Endpoint, endpoint, type PatchOperation, type Related, type Wanted } from "#core/contract/endpoint.ts";
import { cursorParameters, fieldsParameter, includeParameter, sortParameter } from "#core/contract/parameters.ts";
import type { CachePolicy } from "#core/contract/policy.ts";
import { loadRelated, type RelatedSource } from "../related.ts";
import type { Collection } from "./collection.ts";
import { handlersOf } from "./handlers.ts";

export interface CollectionTexts {
  /** The name in summaries, with its article: `a review`, and `reviews`. */
  readonly one: string;
  readonly many: string;
  /** The description of each operation. An operation without a description does not exist. */
  readonly list?: string;
  readonly create?: string;
  readonly read?: string;
  readonly change?: string;
  readonly delete?: string;
}

export interface CollectionEndpoints<Input extends z.ZodObject> {
  readonly collection: Collection<Input>;
  /** `/v1/reviews` */
  readonly path: `/${string}`;
  readonly tag: string;
  readonly texts: CollectionTexts;
  /** What a client sends to create the resource of `resource.example`. */
  readonly example: z.input<Input>;
  readonly patchExamples: {
    readonly merge: Partial<z.input<Input>>;
    readonly json: readonly PatchOperation[];
  };
  /** The members that the example of `fields` names. */
  readonly exampleFields: readonly string[];
  /** Reads. Default: private, and revalidated each time. */
  readonly cache?: Exclude<CachePolicy, "no-store">;
  /** The collections that `include` embeds, one for each relation of the resource. */
  readonly related?: readonly RelatedSource[];
}

const PRIVATE = { scope: "private", freshForSeconds: 0 } as const;

/**
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
export function collectionEndpoints<Input extends z.ZodObject>(declaration: CollectionEndpoints<Input>): Endpoint[] {
  const { collection, path, tag, texts, example, patchExamples, cache = PRIVATE, related = [] } = declaration;
  const { resource, input } = collection;
  const { collection: subject } = resource;
  const handlers = handlersOf(collection);
  const one = `${path}/{id}` as const;
  const params = z.object({ id: resource.schema.shape["id"] as z.ZodString }); // every resource has an id
  const shown = shownParameters(declaration);
  const include = related.length === 0 ? {} : { related: relatedBy(related) };
  const plural = subject.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const write = { limit: { cost: "write" }, cache: "no-store" } as const;

  const served: readonly (Endpoint | undefined)[] = [
    texts.list === undefined
      ? undefined
      : endpoint({
          contract: {
            operationId: `list${plural}`,
            method: "GET",
            path,
            tag,
            summary: `List ${texts.many}`,
            description: texts.list,
            query: listParameters(declaration, shown),
            success: { kind: "list", status: 200, resource, facets: [] },
            problems: ["invalid-cursor", "cursor-expired"],
          },
          policy: {
            access: { action: "list", subject },
            limit: { cost: "list" },
            cache,
            precondition: "none",
            idempotency: "none",
          },
          validator: handlers.validate,
          handler: handlers.list,
          ...include,
        }),
    texts.create === undefined
      ? undefined
      : endpoint({
          contract: {
            operationId: `create${resource.name}`,
            method: "POST",
            path,
            tag,
            summary: `Create ${texts.one}`,
            description: texts.create,
            body: { kind: "json", schema: input, example },
            success: { kind: "resource", status: 201, resource },
          },
          policy: {
            ...write,
            access: { action: "create", subject },
            precondition: "none",
            idempotency: "honoured",
          },
          handler: handlers.create,
        }),
    texts.read === undefined
      ? undefined
      : endpoint({
          contract: {
            operationId: `read${resource.name}`,
            method: "GET",
            path: one,
            tag,
            summary: `Read ${texts.one}`,
            description: texts.read,
            params,
            query: z.object(shown),
            success: { kind: "resource", status: 200, resource },
          },
          policy: {
            access: { action: "read", subject },
            limit: { cost: "read" },
            cache,
            precondition: "none",
            idempotency: "none",
          },
          handler: handlers.read,
          ...include,
        }),
    texts.change === undefined
      ? undefined
      : endpoint({
          contract: {
            operationId: `change${resource.name}`,
            method: "PATCH",
            path: one,
            tag,
            summary: `Change ${texts.one}`,
            description: texts.change,
            params,
            body: { kind: "patch", schema: input, mergeExample: patchExamples.merge, patchExample: patchExamples.json },
            success: { kind: "resource", status: 200, resource },
          },
          policy: {
            ...write,
            access: { action: "update", subject },
            precondition: "required",
            idempotency: "honoured",
          },
          current: handlers.current,
          handler: handlers.change,
        }),
    texts.delete === undefined
      ? undefined
      : endpoint({
          contract: {
            operationId: `delete${resource.name}`,
            method: "DELETE",
            path: one,
            tag,
            summary: `Delete ${texts.one}`,
            description: texts.delete,
            params,
            success: { kind: "empty", status: 204 },
          },
          policy: {
            ...write,
            access: { action: "delete", subject },
            precondition: "required",
            idempotency: "none",
          },
          current: handlers.current,
          handler: handlers.delete,
        }),
  ];
  return served.filter((candidate) => candidate !== undefined);
}

/** The parameters of reads and lists that select what the response shows. */
function shownParameters({
  collection,
  exampleFields,
}: Pick<CollectionEndpoints<z.ZodObject>, "collection" | "exampleFields">) {
  const { schema, relations = [] } = collection.resource;
  return {
    fields: fieldsParameter(schema, exampleFields).optional(),
    ...(relations.length === 0 ? {} : { include: includeParameter(relations.map(({ path }) => path)).optional() }),
  };
}

function listParameters(
  { collection: { sortKeys, filters } }: Pick<CollectionEndpoints<z.ZodObject>, "collection">,
  shown: ReturnType<typeof shownParameters>,
) {
  const filterParameters = filters.map(({ member, parameter }) => [`filter[${member}]`, parameter.optional()]);
  return z.object({
    ...cursorParameters(),
    sort: sortParameter(sortKeys).optional(),
    ...shown,
    ...(Object.fromEntries(filterParameters) as Record<never, never>), // known by name only
  });
}

function relatedBy(sources: readonly RelatedSource[]) {
  return ({ database }: RequestContext, wanted: readonly Wanted[]): Promise<readonly ReadonlyMap<string, Related>[]> =>
    loadRelated(database, sources, wanted);
}

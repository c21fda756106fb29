/**
 * The endpoints of a collection: contract, policy and handler of list, create, read, change and delete. A resource that
 * differs in an operation passes what differs.
 */
import { z } from "@hono/zod-openapi";
import type { Answer } from "#core/contract/answer.ts";
import type { RequestContext } from "#core/contract/dependencies.ts";
import {
  type Call,
  type Contract,
  type Current,
  type Endpoint,
  endpoint,
  type PatchOperation,
  type Related,
  type Success,
  type Wanted,
} from "#core/contract/endpoint.ts";
import type { Limit } from "#core/contract/limit.ts";
import type { CachePolicy } from "#core/contract/policy.ts";
import type { Members, Resource } from "#core/contract/resource.ts";
import { changePolicy, deletePolicy, listPolicy, PRIVATE, readPolicy, writePolicy } from "../policies.ts";
import { loadRelated, type RelatedSource } from "../related.ts";
import type { Collection } from "./collection.ts";
import { changeRow, createRow, currentRow, deleteRow, readRow } from "./handlers.ts";
import { type ListHandlers, listDefinitionOf, listHandlersOf } from "./list.ts";
import { listParameters, shownParameters } from "./parameters.ts";

export interface CollectionFrame<Input extends z.ZodObject, Shown extends Members, Change extends z.ZodObject> {
  readonly collection: Collection<Input, Shown, Change>;
  /** `/v1/reviews` */
  readonly path: `/${string}`;
  readonly tag: string;
  /** The name in summaries, with its article: `a review`, and `reviews`. */
  readonly one: string;
  readonly many: string;
  /** The members that the example of `fields` names. */
  readonly exampleFields: readonly string[];
  /** Reads. Default: private, and revalidated each time. */
  readonly cache?: CachePolicy;
  /** The collections that `include` embeds, one for each relation of the resource. */
  readonly related?: readonly RelatedSource[];
}

/** What an operation adds to its contract. */
type Texts = Partial<Pick<Contract<undefined, undefined, undefined>, "summary" | "problems">>;

interface Options extends Texts {
  /** Default: the cost of a list or a write, and no limit of its own. */
  readonly limit?: Limit;
}
const WRITE: Limit = { cost: "write" };

type One = { readonly id: string };
type None = Record<never, never>;
type WriteCall<Sent, Before extends Current | undefined, Params = One> = Call<Params, None, Sent, Before>;

interface ListOptions extends Options {
  /** Further parameters. A parameter of a list with the same name is replaced. */
  readonly parameters?: z.core.$ZodLooseShape;
  readonly facets?: readonly string[];
  /** Default: the list of the collection. Made by `listHandlersOf()`. */
  readonly handlers?: ListHandlers;
}

interface CreateOptions<Input extends z.ZodObject> extends Options {
  /** What a client sends to create the resource of `resource.example`. */
  readonly example: z.input<Input>;
  readonly once?: Extract<Success, { kind: "resource" }>["once"];
  readonly idempotency?: "required";
  handler?(call: WriteCall<z.output<Input>, undefined, None>): Promise<Answer>;
}

export interface PatchExamples<Change extends z.ZodObject> {
  readonly merge: Partial<z.input<Change>>;
  readonly json: readonly PatchOperation[];
}

interface ChangeOptions<Shown extends Members, Change extends z.ZodObject> extends Options {
  readonly examples: PatchExamples<Change>;
  handler?(call: WriteCall<z.output<Change>, Current<Shown>>): Promise<Answer>;
}

interface DeleteOptions<Shown extends Members> extends Options {
  handler?(call: WriteCall<undefined, Current<Shown>>): Promise<Answer>;
}

/**
 * Declares the endpoints of a collection, one by one. Each takes its description, and what differs from plain storage.
 *
 * @example
 * const reviews = operationsOf({ collection: reviewCollection, path: "/v1/reviews", tag: "Reviews", ... });
 * export const reviewEndpoints = [
 *   reviews.list("Pages through reviews."),
 *   reviews.create("Adds a review.", { example: EXAMPLE_INPUT, handler: createReview }),
 * ];
 * @throws RangeError for a relation of the resource without a source in `related`
 */
export function operationsOf<Input extends z.ZodObject, Shown extends Members, Change extends z.ZodObject>(
  frame: CollectionFrame<Input, Shown, Change>,
) {
  const { collection, path, tag, one, many, cache = PRIVATE, related = [] } = frame;
  const { resource } = collection;
  requireSources(resource, related);
  const { collection: subject } = resource;
  const onePath = `${path}/{id}` as const;
  const params = z.object({ id: resource.schema.shape["id"] as z.ZodString }); // every resource has an id
  const shown = shownParameters(frame);
  const include = related.length === 0 ? {} : { related: relatedBy(related) };
  const plural = subject.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const current = (call: Call<One, unknown, undefined>) => currentRow(collection, call, call.params.id);

  return {
    params,
    /** The parameters of a read. */
    query: z.object(shown),
    /** Loads the state that a write starts from. */
    current,

    list(description: string, options: ListOptions = {}): Endpoint {
      const { parameters = {}, facets = [], problems = [], limit = { cost: "list" } } = options;
      const { handlers = listHandlersOf(listDefinitionOf(collection)) } = options;
      return endpoint({
        contract: {
          operationId: `list${plural}`,
          method: "GET",
          path,
          tag,
          summary: `List ${many}`,
          description,
          query: listParameters(collection, shown, parameters),
          success: { kind: "list", status: 200, resource, facets },
          problems: [
            "invalid-cursor",
            "cursor-expired",
            ...(collection.hasSnapshots === true ? (["snapshot-expired"] as const) : []),
            ...problems,
          ],
        },
        policy: { ...listPolicy(subject, cache), limit },
        ...handlers,
        ...include,
      });
    },

    create(description: string, options: CreateOptions<Input>): Endpoint {
      const {
        example,
        once,
        idempotency = "honoured",
        limit = WRITE,
        handler = (call) => createRow(collection, call),
        ...texts
      } = options;
      return endpoint({
        contract: {
          operationId: `create${resource.name}`,
          method: "POST",
          path,
          tag,
          summary: `Create ${one}`,
          description,
          body: { kind: "json", schema: collection.input, example },
          success: { kind: "resource", status: 201, resource, ...(once === undefined ? {} : { once }) },
          ...texts,
        },
        policy: { ...writePolicy("create", subject), idempotency, limit },
        handler,
      });
    },

    read(description: string): Endpoint {
      return endpoint({
        contract: {
          operationId: `read${resource.name}`,
          method: "GET",
          path: onePath,
          tag,
          summary: `Read ${one}`,
          description,
          params,
          query: z.object(shown),
          success: { kind: "resource", status: 200, resource },
        },
        policy: readPolicy(subject, cache),
        handler: (call) => readRow(collection, call, call.params.id),
        ...include,
      });
    },

    change(description: string, options: ChangeOptions<Shown, Change>): Endpoint {
      const { examples, limit = WRITE, handler = (call) => changeRow(collection, call), ...texts } = options;
      return endpoint({
        contract: {
          operationId: `change${resource.name}`,
          method: "PATCH",
          path: onePath,
          tag,
          summary: `Change ${one}`,
          description,
          params,
          body: patchOf(collection.change, examples),
          success: { kind: "resource", status: 200, resource },
          ...texts,
        },
        policy: { ...changePolicy(subject), limit },
        current,
        handler,
      });
    },

    delete(description: string, options: DeleteOptions<Shown> = {}): Endpoint {
      const { limit = WRITE, handler = (call) => deleteRow(collection, call), ...texts } = options;
      return endpoint({
        contract: {
          operationId: `delete${resource.name}`,
          method: "DELETE",
          path: onePath,
          tag,
          summary: `Delete ${one}`,
          description,
          params,
          success: { kind: "empty", status: 204 },
          ...texts,
        },
        policy: { ...deletePolicy(subject), limit },
        current,
        handler,
      });
    },
  };
}

/** The body of a change. */
export function patchOf<Change extends z.ZodObject>(schema: Change, { merge, json }: PatchExamples<Change>) {
  return { kind: "patch", schema, mergeExample: merge, patchExample: json } as const;
}

function requireSources({ collection, relations = [] }: Resource, sources: readonly RelatedSource[]): void {
  for (const { name, resource } of relations) {
    if (sources.some((source) => source.collection === resource.collection)) continue;
    throw new RangeError(
      `${collection} has the relation ${name}, but \`related\` of its endpoints has no source of ${resource.collection}. Add relatedSourceOf() of that collection.`,
    );
  }
}

function relatedBy(sources: readonly RelatedSource[]) {
  return ({ database }: RequestContext, wanted: readonly Wanted[]): Promise<readonly ReadonlyMap<string, Related>[]> =>
    loadRelated(database, sources, wanted);
}

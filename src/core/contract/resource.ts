/** A resource as the wire knows it: its schema, its names and its address. Formats are made from this alone. */
import type { z } from "@hono/zod-openapi";
import type { Action } from "./ability.ts";

export interface Resource<Schema extends z.ZodObject = z.ZodObject> {
  /** Component name in the OpenAPI document, such as `Product`. */
  readonly name: string;
  /** Collection name on the wire, such as `products`; also the JSON:API type. */
  readonly collection: string;
  readonly schema: Schema;
  readonly example: z.output<Schema>;
  /** The member that names the account which a resource belongs to; absent where it belongs to nobody. */
  readonly owner?: string;
  /** The path of one resource. */
  path(id: string): `/${string}`;
  /** What `include` can embed in it, at the endpoints that have the parameter. */
  readonly relations?: readonly Relation[];
  /** The steps that lead it from state to state. */
  readonly transitions?: readonly Transition[];
  /** Whether time alone can end a step: then a representation that offers steps can change while the state does not. */
  readonly hasDeadlines?: boolean;
}

/** Another resource that a member names, or one that each element of a member names which is a list. */
export interface Relation {
  /** As `include` has it, and where plain JSON shows it: `user`, or below a list `items.product`. */
  readonly path: string;
  /** What HAL embeds it as, and what JSON:API calls the relationship, also in `include`. */
  readonly name: string;
  /** The member with its id, beside the place of `path`. */
  readonly key: string;
  readonly resource: Resource;
}

/** A step that may be taken with a resource, by POST. */
export interface Transition {
  /** What rules call it, and the link relation that offers it. */
  readonly action: Action;
  /** Whether the state allows it at `now`, in epoch ms. Whether the principal may is asked of the rules. */
  isPossible(members: Members, now: number): boolean;
  path(id: string): `/${string}`;
}

/** Where a relation is shown: a member, or one of each element of a list. */
export function placeOf({ path }: Relation): { readonly list: string | undefined; readonly member: string } {
  const dot = path.indexOf(".");
  return dot < 0 ? { list: undefined, member: path } : { list: path.slice(0, dot), member: path.slice(dot + 1) };
}

/** All that `include` may name: each relation's path, and its name where that is another. */
export function includePaths(relations: readonly Relation[]): string[] {
  return relations.flatMap(({ path, name }) => (path === name ? [path] : [path, name]));
}

/** Any resource's representation before shaping: all members, in the order of the schema. */
export type Members = Readonly<Record<string, unknown>> & { readonly id: string };

export function defineResource<Schema extends z.ZodObject>(resource: Resource<Schema>): Resource<Schema> {
  return resource;
}

/** The members a resource has, in order. */
export function fieldsOf(resource: Resource): string[] {
  return Object.keys(resource.schema.shape);
}

/** A resource on the wire: its schema, its names and its path. All formats are derived from this definition. */
import type { z } from "@hono/zod-openapi";
import type { Action } from "./ability.ts";

export interface Resource<Schema extends z.ZodObject = z.ZodObject> {
  /** Component name in the OpenAPI document, such as `Review`. */
  readonly name: string;
  /** The collection's name on the wire, such as `reviews`. It is also the JSON:API type. */
  readonly collection: string;
  readonly schema: Schema;
  readonly example: z.output<Schema>;
  /** The member that contains the owner's account id. Absent if the resource has no owner. */
  readonly owner?: string;
  /** The path of one resource, by id. */
  path(id: string): `/${string}`;
  /** The relations that `include` can embed, at endpoints with that parameter. */
  readonly relations?: readonly Relation[];
  /** The operations that move the resource from one state to another. */
  readonly transitions?: readonly Transition[];
  /**
   * Whether a deadline alone can make a transition impossible. If so, a representation with transition links can change
   * while the state does not.
   */
  readonly hasDeadlines?: boolean;
}

/** A relation: a member that contains the id of another resource, or such a member in each element of a list. */
export interface Relation {
  /** The name in `include` and the place in plain JSON: `user`, or `answers.user` below a list. */
  readonly path: string;
  /** The name in HAL's `_embedded`, and the relationship name in JSON:API, also in `include`. */
  readonly name: string;
  /** The member with the id, at the same level as `path`. */
  readonly key: string;
  readonly resource: Resource;
}

/** A state transition that a client makes by POST. */
export interface Transition {
  /** The action in the rules and the link relation. */
  readonly action: Action;
  /** Whether the state allows it at `now` (epoch ms). The rules decide separately whether the principal may make it. */
  isPossible(members: Members, now: number): boolean;
  path(id: string): `/${string}`;
}

/** Where a relation appears: in a member, or in a member of each element of a list. */
export function placeOf({ path }: Relation): { readonly list: string | undefined; readonly member: string } {
  const dot = path.indexOf(".");
  return dot < 0 ? { list: undefined, member: path } : { list: path.slice(0, dot), member: path.slice(dot + 1) };
}

/** All names that `include` accepts: each relation's path, and its name if different. */
export function includePaths(relations: readonly Relation[]): string[] {
  return relations.flatMap(({ path, name }) => (path === name ? [path] : [path, name]));
}

/** A resource before shaping: all members, in the order of the schema. */
export type Members = Readonly<Record<string, unknown>> & { readonly id: string };

export function defineResource<Schema extends z.ZodObject>(resource: Resource<Schema>): Resource<Schema> {
  return resource;
}

/** The names of a resource's members, in order. */
export function fieldsOf(resource: Resource): string[] {
  return Object.keys(resource.schema.shape);
}

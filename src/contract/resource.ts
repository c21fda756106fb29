/** A resource as the wire knows it: its schema, its names and its address. Formats are made from this alone. */
import type { z } from "@hono/zod-openapi";

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

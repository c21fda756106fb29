/** A media type in which resources are represented. All formats are made from the same representation. */
import type { z } from "@hono/zod-openapi";
import type { Facet, Page } from "./answer.ts";
import type { Members, Resource } from "./resource.ts";

/** A resource ready to be written: the members asked for, and its absolute URL. */
export interface ResourceView {
  readonly resource: Resource;
  readonly id: string;
  readonly members: Partial<Members>;
  readonly self: string;
}

export interface ListView {
  readonly resource: Resource;
  readonly items: readonly ResourceView[];
  readonly page: Page;
  readonly facets: Readonly<Record<string, readonly Facet[]>> | undefined;
  /** Absolute URLs by relation: `self`, `first`, and `next` and `prev` where there are such pages. */
  readonly links: Readonly<Record<string, string>>;
}

export interface Format {
  readonly mediaType: string;
  writeResource(view: ResourceView): unknown;
  writeList(view: ListView): unknown;
  /**
   * The wire schemas of the two, for the OpenAPI document. `isWhole`: all members are there, since no `fields` can
   * ask for fewer. `facets` names those the list can be asked for.
   */
  resourceSchema(resource: Resource, isWhole: boolean): z.ZodType;
  listSchema(resource: Resource, facets: readonly string[]): z.ZodType;
}

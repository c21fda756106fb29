/** A media type in which resources are represented. All formats are made from the same representation. */
import type { z } from "@hono/zod-openapi";
import type { Facet, Page } from "./answer.ts";
import type { Members, Relation, Resource } from "./resource.ts";

/** A resource ready to be written: the members asked for, and its absolute URL. */
export interface ResourceView {
  readonly resource: Resource;
  readonly id: string;
  readonly members: Partial<Members>;
  readonly self: string;
  /** What `include` asks for, in the order of its paths; undefined where it is not asked for at all. */
  readonly embedded?: readonly EmbeddedView[];
  /** Absolute URLs of the steps that this principal can take now, by relation; for a format that offers them. */
  readonly transitions?: Readonly<Record<string, string>>;
}

/** The resources of one relation: one, or of a relation below a list one for each of its elements. */
export interface EmbeddedView {
  readonly relation: Relation;
  readonly entries: readonly EmbeddedEntry[];
}

/** `view` is null for what is gone, and for what the principal may not read: both look the same. */
export interface EmbeddedEntry {
  readonly id: string;
  readonly view: ResourceView | null;
}

export interface ListView {
  readonly resource: Resource;
  readonly items: readonly ResourceView[];
  readonly page: Page;
  readonly facets: Readonly<Record<string, readonly Facet[]>> | undefined;
  /** Whether `include` was given, though nothing may be there to embed. */
  readonly embeds: boolean;
  /** Absolute URLs by relation: `self`, `first`, and `next` and `prev` where there are such pages. */
  readonly links: Readonly<Record<string, string>>;
}

export interface Format {
  readonly mediaType: string;
  /** Whether it links the steps that can be taken. */
  readonly offersTransitions: boolean;
  writeResource(view: ResourceView): unknown;
  writeList(view: ListView): unknown;
  /**
   * The wire schemas of the two, for the OpenAPI document. `isWhole`: all members are there, since no `fields` can
   * ask for fewer. `facets` names those the list can be asked for.
   */
  resourceSchema(resource: Resource, isWhole: boolean): z.ZodType;
  listSchema(resource: Resource, facets: readonly string[]): z.ZodType;
}

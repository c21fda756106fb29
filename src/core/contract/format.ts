/** A media type in which resources are represented. All formats are made from the same representation. */
import type { z } from "@hono/zod-openapi";
import type { SentQuery } from "#core/http/sent-query.ts";
import type { Facet, Page } from "./answer.ts";
import type { Members, Relation, Resource } from "./resource.ts";

/** What a client asks to see of a resource, in the format's own names. */
export interface Fieldset {
  readonly members: ReadonlySet<string>;
  /** Relations, by their names. */
  readonly relationships: ReadonlySet<string>;
  /** Names that stand for nothing that may be read, and those that may be given. */
  readonly unknown: readonly string[];
  readonly allowed: readonly string[];
}

/** A resource ready to be written: the members asked for, and its absolute URL. */
export interface ResourceView {
  readonly resource: Resource;
  readonly id: string;
  readonly members: Partial<Members>;
  readonly self: string;
  /** The absolute URL of the document, where it is another than the resource's. */
  readonly requested?: string;
  /** The relations to show the linkage of, by their names; undefined: all that are embedded. */
  readonly linked?: ReadonlySet<string>;
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
  /** Reads the query under the names of the format's clients. Left out: they use the service's own. */
  readQuery?(sent: URLSearchParams, resource: Resource): SentQuery;
  /** Reads what such a query asks to see of a resource, of whose members the client may read those in `readable`. */
  readFieldset?(text: string, resource: Resource, readable: readonly string[]): Fieldset;
  writeResource(view: ResourceView): unknown;
  writeList(view: ListView): unknown;
  /**
   * The wire schemas of the two, for the OpenAPI document. `isWhole`: all members are there, since no `fields` can
   * ask for fewer. `facets` names those the list can be asked for.
   */
  resourceSchema(resource: Resource, isWhole: boolean): z.ZodType;
  listSchema(resource: Resource, facets: readonly string[]): z.ZodType;
}

/** A media type for resources. All formats are made from the same representation. */
import type { z } from "@hono/zod-openapi";
import type { SentQuery } from "#core/http/sent-query.ts";
import type { Facet, Page } from "./answer.ts";
import type { Members, Relation, Resource } from "./resource.ts";

/** The fieldset that a client selects for a resource, in the format's own names. */
export interface Fieldset {
  readonly members: ReadonlySet<string>;
  /** The selected relations, by name. */
  readonly relationships: ReadonlySet<string>;
  /** `unknown`: the selected names that the client may not read or that do not exist. `allowed`: the valid names. */
  readonly unknown: readonly string[];
  readonly allowed: readonly string[];
}

/** A resource ready to be serialized: the selected members and its absolute URL. */
export interface ResourceView {
  readonly resource: Resource;
  readonly id: string;
  readonly members: Partial<Members>;
  readonly self: string;
  /** The absolute URL of the document, if it differs from the resource's URL. */
  readonly requested?: string;
  /** The relations whose linkage to show, by name. Undefined: all embedded relations. */
  readonly linked?: ReadonlySet<string>;
  /** What `include` embeds, in the order of its paths. Undefined without `include`. */
  readonly embedded?: readonly EmbeddedView[];
  /**
   * Absolute URLs of the transitions that the principal can make now, by link relation. Only for formats that offer
   * them.
   */
  readonly transitions?: Readonly<Record<string, string>>;
}

/** The embedded resources of one relation: one resource, or one for each element of a list. */
export interface EmbeddedView {
  readonly relation: Relation;
  readonly entries: readonly EmbeddedEntry[];
}

/** `view` is null if the resource is deleted or the principal may not read it. Both cases look the same. */
export interface EmbeddedEntry {
  readonly id: string;
  readonly view: ResourceView | null;
}

export interface ListView {
  readonly resource: Resource;
  readonly items: readonly ResourceView[];
  readonly page: Page;
  readonly facets: Readonly<Record<string, readonly Facet[]>> | undefined;
  /** Whether the request has `include`, even if there is nothing to embed. */
  readonly embeds: boolean;
  /** Absolute URLs by relation: `self`, `first`, and `next` and `prev` if such pages exist. */
  readonly links: Readonly<Record<string, string>>;
}

export interface Format {
  readonly mediaType: string;
  /** Whether the format links the available transitions. */
  readonly offersTransitions: boolean;
  /** Maps query parameters from the format's names to the service's names. Default: clients use the service's names. */
  readQuery?(sent: URLSearchParams, resource: Resource): SentQuery;
  /** Parses a fieldset. `readable` lists the members of the resource that the client may read. */
  readFieldset?(text: string, resource: Resource, readable: readonly string[]): Fieldset;
  writeResource(view: ResourceView): unknown;
  writeList(view: ListView): unknown;
  /**
   * The wire schemas of a resource and a list, for the OpenAPI document. `isWhole`: the response always has all
   * members, because the operation has no `fields`. `facets` lists the facets of the list.
   */
  resourceSchema(resource: Resource, isWhole: boolean): z.ZodType;
  listSchema(resource: Resource, facets: readonly string[]): z.ZodType;
}

/** What a handler returns: a value and its validator. The pipeline turns it into the response. */
import type { Generation } from "#core/data/generation.ts";
import type { CachePolicy } from "./policy.ts";
import type { Members, Resource } from "./resource.ts";

/**
 * Changes exactly when the validated content changes. `token` is compared; `modifiedAt` (epoch ms) becomes
 * `Last-Modified`.
 */
export interface Validator {
  readonly token: string;
  readonly modifiedAt: number;
}

export interface Facet {
  readonly value: string;
  readonly count: number;
}

/** The position of a page in its list. `next` and `prev` are the cursors to send for the neighbouring pages. */
export interface Page {
  readonly next: string | null;
  readonly prev: string | null;
  readonly has_more: boolean;
  readonly limit: number;
  readonly snapshot?: string;
}

/** Changes to the query parameters that lead to a related page: a value sets one, undefined removes it. */
export type PageLink = Readonly<Record<string, string | undefined>>;

export interface ResourceAnswer {
  readonly kind: "resource";
  readonly status: 200 | 201;
  readonly resource: Resource;
  readonly value: Members;
  /** Members that only this response shows and no later representation has, such as a new secret. */
  readonly once?: Readonly<Record<string, unknown>>;
  readonly validator: Validator;
}

export interface ListAnswer {
  readonly kind: "list";
  readonly status: 200;
  readonly resource: Resource;
  readonly items: readonly Members[];
  readonly page: Page;
  readonly links: Readonly<Partial<Record<"first" | "next" | "prev", PageLink>>>;
  readonly facets?: Readonly<Record<string, readonly Facet[]>>;
  readonly validator: Validator;
  /** What the validator is made of, if it covers the whole collection. */
  readonly generation?: Generation;
  /** Set if this response may be cached less widely than the endpoint's policy says. */
  readonly cache?: CachePolicy;
}

/** Content that is not a resource representation: a page, the OpenAPI document, a health report. */
export interface DocumentAnswer {
  readonly kind: "document";
  readonly status: 200 | 503;
  readonly mediaType: string;
  readonly content: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Each entry becomes one `Set-Cookie` header. */
  readonly cookies?: readonly string[];
}

/** Redirects the browser after a form. */
export interface RedirectAnswer {
  readonly kind: "redirect";
  readonly status: 303;
  readonly location: string;
  readonly cookies?: readonly string[];
}

export interface EmptyAnswer {
  readonly kind: "empty";
  readonly status: 204;
}

export type Answer = ResourceAnswer | ListAnswer | DocumentAnswer | RedirectAnswer | EmptyAnswer;

/** What a handler gives back: a value and what it is validated by. The pipeline makes the response of it. */
import type { Generation } from "#core/data/generation.ts";
import type { CachePolicy } from "./policy.ts";
import type { Members, Resource } from "./resource.ts";

/** Changes exactly when what it validates changes. `token` is compared, `modifiedAt` (epoch ms) is shown. */
export interface Validator {
  readonly token: string;
  readonly modifiedAt: number;
}

export interface Facet {
  readonly value: string;
  readonly count: number;
}

/** Where a page lies in its list. `next` and `prev` are what to send to get there. */
export interface Page {
  readonly next: string | null;
  readonly prev: string | null;
  readonly has_more: boolean;
  readonly limit: number;
  readonly snapshot?: string;
}

/** Query parameters to change (a value) or drop (undefined) to get to a related page. */
export type PageLink = Readonly<Record<string, string | undefined>>;

export interface ResourceAnswer {
  readonly kind: "resource";
  readonly status: 200 | 201;
  readonly resource: Resource;
  readonly value: Members;
  /** Members that are shown this one time and belong to no representation, such as a new secret. */
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
  /** What the validator is made of, where it is of the whole collection. */
  readonly generation?: Generation;
  /** Where the answer may be shared less than the endpoint's policy says. */
  readonly cache?: CachePolicy;
}

/** Content made elsewhere: a page, the OpenAPI document, a health report. */
export interface DocumentAnswer {
  readonly kind: "document";
  readonly status: 200 | 503;
  readonly mediaType: string;
  readonly content: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Each a `Set-Cookie` of its own. */
  readonly cookies?: readonly string[];
}

/** Leads a browser on, after a form. */
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

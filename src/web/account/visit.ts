/** The types that page handlers share: a visit, a refused form, and a redirect. */
import type { z } from "@hono/zod-openapi";
import type { Call } from "#core/contract/endpoint.ts";
import type { Problem } from "#core/http/problem.ts";

/** A redirect to another page. */
export interface LeadOn {
  readonly location: string;
  /** The values of `Set-Cookie` headers. */
  readonly cookies?: readonly string[];
}

/** A refused form and the reason. */
export interface Attempt {
  readonly failure: Problem;
  readonly form: ReadonlyMap<string, string>;
  /** The id by which operators find the request. */
  readonly correlationId?: string;
}

/** The output of a schema, or an empty object without a schema. */
export type Values<P> = P extends z.ZodObject ? z.output<P> : Record<never, never>;

/** A request for a page. */
export interface Visit<P = undefined> {
  readonly call: Call<Values<P>, unknown, undefined>;
  /** The CSRF token for the forms of the page. */
  readonly csrf: string;
  /** The `Set-Cookie` for a browser without a cookie. The CSRF token belongs to it. */
  readonly cookies: readonly string[];
  readonly attempt?: Attempt;
}

/** What a page for people is shown for: a visit, the form that was refused, and where the browser goes next. */
import type { z } from "@hono/zod-openapi";
import type { Call } from "#core/contract/endpoint.ts";
import type { Problem } from "#core/http/problem.ts";

/** Goes on elsewhere. */
export interface LeadOn {
  readonly location: string;
  /** Each a `Set-Cookie`. */
  readonly cookies?: readonly string[];
}

/** A form that was sent, and why it was refused. */
export interface Attempt {
  readonly failure: Problem;
  readonly form: ReadonlyMap<string, string>;
  /** How the operators find the request, where the failure may be of interest to them. */
  readonly correlationId?: string;
}

/** What a schema reads; nothing where there is none. */
export type Values<P> = P extends z.ZodObject ? z.output<P> : Record<never, never>;

/** A page being looked at. */
export interface Visit<P = undefined> {
  readonly call: Call<Values<P>, unknown, undefined>;
  /** For the forms of the page. */
  readonly csrf: string;
  /** The `Set-Cookie` of a browser that had none yet, to which the token belongs. */
  readonly cookies: readonly string[];
  readonly attempt?: Attempt;
}

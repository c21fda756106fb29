/** Shared parts of the pages that links in emails open. */
import { z } from "@hono/zod-openapi";
import type { Call } from "#core/contract/endpoint.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import type { Visit } from "./visit.ts";

/** Accepts any text, so that a link broken by an email client still gets a page. */
export const linkParams = z.object({
  token: z
    .string()
    .max(256)
    .openapi({
      pattern: "\\S",
      example: "Zm9yIHRoZSBkb2N1bWVudCBhbG9uZSwgbm8gbGluaw",
      param: { description: "The last segment of the link in the email." },
    }),
});

/** A visit to the page of a link. */
export type LinkVisit = Visit<typeof linkParams>;

/** A submitted form on the page of a link. */
export type LinkForm<Body> = Call<z.output<typeof linkParams>, unknown, Body>;

/** The problem of an invalid link, whatever the reason. */
export function deadLink(): Problem {
  return problem("not-found", { detail: "The link has expired or was already used." });
}

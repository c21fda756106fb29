/** The pages that links in mails open. */
import { z } from "@hono/zod-openapi";
import type { Call } from "#core/contract/endpoint.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import type { Visit } from "./visit.ts";

/** Of any form, so that a link which a mail program broke is answered by a page. */
export const linkParams = z.object({
  token: z
    .string()
    .max(256)
    .openapi({
      pattern: "\\S",
      example: "Zm9yIHRoZSBkb2N1bWVudCBhbG9uZSwgbm8gbGluaw",
      param: { description: "What the link in the mail ends with." },
    }),
});

/** A page behind a link, being looked at. */
export type LinkVisit = Visit<typeof linkParams>;

/** A form behind a link, being sent. */
export type LinkForm<Body> = Call<z.output<typeof linkParams>, unknown, Body>;

/** Of a link that proves nothing, whatever the reason. */
export function deadLink(): Problem {
  return problem("not-found", { detail: "The link has expired or was already used." });
}

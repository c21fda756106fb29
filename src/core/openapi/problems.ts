/** The failure responses, and the schema they share. */
import { z } from "@hono/zod-openapi";
import { htmlExample, htmlPageSchema } from "#core/contract/html-page.ts";
import { PROBLEM_MEDIA_TYPE } from "#core/http/problem.ts";
import { type ProblemType, problemCode } from "#core/http/problem-types.ts";
import { HEADERS } from "./headers.ts";
import type { ResponseObject } from "./openapi.ts";
import { problemExample } from "./problem-examples.ts";

/** Requires at least one visible character. */
const NOT_BLANK = "\\S";

const faultSchema = z
  .object({
    pointer: z.string().max(8192).optional().openapi({
      pattern: "^#(/[^/]*)*$",
      description: "The location in the body, as a JSON pointer in a URI fragment (RFC 6901 section 6).",
    }),
    parameter: z
      .string()
      .max(8192)
      .optional()
      .openapi({ description: "The name of the query parameter, as the client sent it." }),
    header: z
      .string()
      .max(256)
      .optional()
      .openapi({ pattern: "^[A-Za-z0-9-]+$", description: "The name of the header." }),
    code: z
      .string()
      .max(64)
      .openapi({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", description: "A machine-readable code of the fault." }),
    detail: z
      .string()
      .max(16_384)
      .openapi({ pattern: NOT_BLANK, description: "A description of the fault for people." }),
  })
  .openapi("Fault", {
    description: "One fault and its location: in the body, in a query parameter or in a header.",
  });

/** The schema of a problem document of one of the types. */
export const problemSchemaOf = (types: readonly ProblemType[]) =>
  z
    .object({
      type: z
        .url()
        .max(2048)
        .openapi({ description: "The problem type. The page at this URL explains the cause and the fix." }),
      title: z.string().max(256).openapi({
        pattern: "^[A-Z][\\x20-\\x7e]*$",
        description: "The title of the problem type, the same for each occurrence.",
      }),
      status: z.int().min(400).max(599).openapi({ format: "int32", description: "The HTTP status of the response." }),
      detail: z
        .string()
        .max(16_384)
        .openapi({ pattern: NOT_BLANK, description: "A description of this occurrence for people." }),
      instance: z.string().max(8192).openapi({
        format: "uri-reference",
        description: "The path of the request, truncated if it is longer than the URLs that the service accepts.",
      }),
      code: z
        .enum(types.map(({ name }) => problemCode(name)))
        .openapi({ description: "The last segment of `type` in UPPER_SNAKE, for programs." }),
      correlation_id: z.string().max(128).openapi({
        pattern: "^[A-Za-z0-9._-]{1,128}$",
        description: "Identifies this request in the operators' log.",
      }),
      retryable: z.boolean().openapi({ description: "Whether the same request can succeed later, unchanged." }),
      errors: z
        .array(faultSchema)
        .max(100)
        .optional()
        .openapi({ description: "All faults of the request, if its content or parameters are invalid." }),
      "violated-policies": z
        .array(z.string().max(64).openapi({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$" }))
        .max(16)
        .optional()
        .openapi({ description: "The limits that refused the request, by their names in `RateLimit-Policy`." }),
    })
    .openapi("Problem", {
      description: "A problem document (RFC 9457). Further members may be present.",
      externalDocs: { url: "https://www.rfc-editor.org/rfc/rfc9457", description: "RFC 9457" },
    });

export interface Failing {
  /** Whether responses have rate limit headers. */
  readonly isMetered: boolean;
  readonly problemSchema: ReturnType<typeof problemSchemaOf>;
}

/** One response for each status of `types`: a problem document, or a page if the client prefers HTML. */
export function problemResponses(
  types: readonly ProblemType[],
  { isMetered, problemSchema }: Failing,
): Record<string, ResponseObject> {
  const byStatus = Map.groupBy(types, ({ status }) => status);
  return Object.fromEntries(
    Array.from(byStatus, ([status, members]) => [
      String(status),
      {
        description: descriptionOf(members),
        headers: headersOf(status, isMetered),
        content: {
          [PROBLEM_MEDIA_TYPE]: {
            schema: problemSchema,
            examples: Object.fromEntries(
              members.map((type) => [type.name, { summary: type.title, value: problemExample(type) }]),
            ),
          },
          "text/html": { schema: htmlPageSchema, example: htmlExample("What went wrong") },
        },
      },
    ]),
  );
}

/** A sentence if one problem has the status, otherwise a list item for each problem. */
function descriptionOf(types: readonly ProblemType[]): string {
  const sentences = types.map(({ name, title, cause }) => `\`${name}\`: ${title}. ${cause}`);
  return sentences.length === 1 ? sentences.join("") : sentences.map((sentence) => `- ${sentence}`).join("\n");
}

function headersOf(status: number, isMetered: boolean): Record<string, unknown> {
  return {
    ...HEADERS.everywhere,
    ...HEADERS.bookmark,
    ...(isMetered && status < 500 ? HEADERS.limits : {}),
    ...(status === 401 ? HEADERS.wwwAuthenticate : {}),
    ...(status === 503 || status === 429 ? HEADERS.retryAfter : {}),
  };
}

/** Failure responses and the one schema they share. */
import { z } from "@hono/zod-openapi";
import { PROBLEM_MEDIA_TYPE } from "../../http/problem.ts";
import { PROBLEM_NAMES, PROBLEM_TYPES, type ProblemName, problemCode } from "../../http/problem-types.ts";
import { HEADERS } from "./headers.ts";

const faultSchema = z
  .object({
    pointer: z
      .string()
      .max(8192)
      .optional()
      .openapi({ description: "JSON pointer (RFC 6901) to a place in the body." }),
    parameter: z.string().max(8192).optional().openapi({ description: "Name of a query parameter." }),
    header: z.string().max(256).optional().openapi({ description: "Name of a header." }),
    code: z.string().max(64),
    detail: z.string().max(16_384),
  })
  .openapi("Fault", { description: "One thing that is wrong, and where." });

const problemSchema = z
  .object({
    type: z.url().max(2048).openapi({ description: "The problem's type; a page with cause and fix is at this URL." }),
    title: z.string().max(256),
    status: z.int().min(400).max(599).openapi({ format: "int32" }),
    detail: z.string().max(16_384).openapi({ description: "What is particular to this occurrence. For people." }),
    instance: z.string().max(8192).openapi({ description: "The path that was asked for." }),
    code: z.enum(PROBLEM_NAMES.map(problemCode)),
    correlation_id: z.string().max(128).openapi({ description: "Names this request in the operators' log." }),
    retryable: z.boolean().openapi({ description: "Whether the same request can succeed later." }),
    errors: z.array(faultSchema).max(20_000).optional(),
  })
  .openapi("Problem", { description: "A problem document (RFC 9457). Further members may be present." });

/** One response for each status among `names`. */
export function problemResponses(names: readonly ProblemName[]) {
  const byStatus = Map.groupBy(names, (name) => PROBLEM_TYPES[name].status);
  return Object.fromEntries(
    Array.from(byStatus, ([status, members]) => [
      status,
      {
        description: members.map((name) => `${PROBLEM_TYPES[name].title} (\`${name}\`).`).join(" "),
        headers: headersOf(status),
        content: {
          [PROBLEM_MEDIA_TYPE]: {
            schema: problemSchema,
            examples: Object.fromEntries(
              members.map((name) => [name, { summary: PROBLEM_TYPES[name].title, value: exampleOf(name) }]),
            ),
          },
        },
      },
    ]),
  );
}

function headersOf(status: number): Record<string, unknown> {
  return {
    ...HEADERS.everywhere,
    ...(status === 401 ? { "WWW-Authenticate": HEADERS.wwwAuthenticate } : {}),
    ...(status === 503 ? { "Retry-After": HEADERS.retryAfter } : {}),
  };
}

function exampleOf(name: ProblemName) {
  const { title, status, detail, retryable } = PROBLEM_TYPES[name];
  return {
    type: `https://api.example.com/problems/${name}`,
    title,
    status,
    detail,
    instance: "/v1/products",
    code: problemCode(name),
    correlation_id: "7f3b0c7a5d2e4b6f9a1c8e0d2f4b6a8c",
    retryable,
  };
}

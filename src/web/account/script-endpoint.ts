/**
 * Declares the JSON endpoints for the scripts of account pages. They have the same checks as forms: the origin and the
 * CSRF token of the page.
 */
import { z } from "@hono/zod-openapi";
import { type Call, type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { AttemptPolicy } from "#core/contract/limit.ts";
import type { ProblemName } from "#core/http/problem-types.ts";
import { csrfSchema, EXAMPLE_TOKEN, limitOf, TAG, whenSentByPage } from "./form-endpoint.ts";
import type { Values } from "./visit.ts";

/** The response to a script. */
export interface Given {
  readonly value: unknown;
  /** The values of `Set-Cookie` headers. */
  readonly cookies?: readonly string[];
}

/** The declaration of a script endpoint. */
export interface ScriptDeclaration<P extends z.ZodObject | undefined, F extends z.ZodRawShape> {
  readonly operationId: string;
  readonly path: `/${string}`;
  readonly params?: P;
  readonly summary: string;
  readonly description: string;
  /** The name of the body schema in the OpenAPI document. */
  readonly name: string;
  /** The fields besides the CSRF token. */
  readonly fields: F;
  readonly example: z.input<z.ZodObject<F>>;
  readonly answer: { readonly schema: z.ZodType; readonly example: unknown };
  readonly problems?: readonly ProblemName[];
  /** The attempt that the request counts as. */
  readonly attempt?: AttemptPolicy;
  give(call: Call<Values<P>, unknown, z.output<z.ZodObject<F>>>): Promise<Given>;
}

/** Creates the endpoint for the script of a page. */
export function scriptEndpoint<P extends z.ZodObject | undefined = undefined, F extends z.ZodRawShape = z.ZodRawShape>(
  declaration: ScriptDeclaration<P, F>,
): Endpoint {
  const { operationId, path, params, summary, description, name, fields, example, answer, problems = [] } = declaration;
  const schema = z
    .strictObject({ csrf: csrfSchema.default(""), ...fields })
    .openapi(name, { description: `The request of the page script: ${summary.toLowerCase()}.` });
  return endpoint<z.ZodObject | undefined, undefined, { kind: "json"; schema: z.ZodObject; example: never }>({
    contract: {
      operationId,
      method: "POST",
      path,
      tag: TAG,
      summary,
      description,
      problems,
      ...(params === undefined ? {} : { params }),
      body: { kind: "json", schema, example: { csrf: EXAMPLE_TOKEN, ...example } as never }, // together they match the schema
      success: { kind: "document", status: 200, mediaType: "application/json", ...answer },
    },
    policy: {
      access: "public",
      cache: "no-store",
      precondition: "none",
      limit: limitOf(declaration.attempt),
      idempotency: "none",
    },
    handler: async (call) => {
      const sent = call as unknown as Parameters<typeof declaration.give>[0]; // the schemas have parsed it
      const given = await whenSentByPage(call, call.body["csrf"], () => declaration.give(sent));
      const { value, cookies = [] } = given;
      return { kind: "document", status: 200, mediaType: "application/json", content: JSON.stringify(value), cookies };
    },
  });
}

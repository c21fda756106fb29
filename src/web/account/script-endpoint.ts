/**
 * What the scripts of pages for people send and get, as JSON. Guarded as forms are: by where it is sent from, and by
 * the page's token.
 */
import { z } from "@hono/zod-openapi";
import { type Call, type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import type { AttemptPolicy } from "#core/contract/limit.ts";
import type { ProblemName } from "#core/http/problem-types.ts";
import { csrfSchema, EXAMPLE_TOKEN, limitOf, TAG, whenSentByPage } from "./form-endpoint.ts";
import type { Values } from "./visit.ts";

/** What a script gets. */
export interface Given {
  readonly value: unknown;
  /** Each a `Set-Cookie`. */
  readonly cookies?: readonly string[];
}

/** What a script sends, and what it gets. */
export interface ScriptDeclaration<P extends z.ZodObject | undefined, F extends z.ZodRawShape> {
  readonly operationId: string;
  readonly path: `/${string}`;
  readonly params?: P;
  readonly summary: string;
  readonly description: string;
  /** The name of the body's schema in the document. */
  readonly name: string;
  /** Beside the token. */
  readonly fields: F;
  readonly example: z.input<z.ZodObject<F>>;
  readonly answer: { readonly schema: z.ZodType; readonly example: unknown };
  readonly problems?: readonly ProblemName[];
  /** Sending it is an attempt to become somebody. */
  readonly attempt?: AttemptPolicy;
  give(call: Call<Values<P>, unknown, z.output<z.ZodObject<F>>>): Promise<Given>;
}

/** Declares what a script of a page sends. */
export function scriptEndpoint<P extends z.ZodObject | undefined = undefined, F extends z.ZodRawShape = z.ZodRawShape>(
  declaration: ScriptDeclaration<P, F>,
): Endpoint {
  const { operationId, path, params, summary, description, name, fields, example, answer, problems = [] } = declaration;
  const schema = z
    .strictObject({ csrf: csrfSchema.default(""), ...fields })
    .openapi(name, { description: `What a page's script sends: ${summary.toLowerCase()}.` });
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
      body: { kind: "json", schema, example: { csrf: EXAMPLE_TOKEN, ...example } as never }, // the two halves of the schema
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
      const sent = call as unknown as Parameters<typeof declaration.give>[0]; // its schemas have read it
      const given = await whenSentByPage(call, call.body["csrf"], () => declaration.give(sent));
      const { value, cookies = [] } = given;
      return { kind: "document", status: 200, mediaType: "application/json", content: JSON.stringify(value), cookies };
    },
  });
}

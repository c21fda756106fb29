/**
 * An endpoint whose requests and responses another standard defines completely, such as OAuth's. The pipeline enforces
 * TLS, URL, method, headers and the log. The standard's own implementation does the rest.
 */
import type { z } from "@hono/zod-openapi";
import type { ProblemName } from "#core/http/problem-types.ts";
import type { RequestContext } from "./dependencies.ts";
import type { Method } from "./endpoint.ts";
import type { Limit } from "./limit.ts";

export interface ProtocolResponse {
  readonly description: string;
  /** Absent: the response has no content, or the document does not describe it. */
  readonly content?: { readonly mediaType: string; readonly schema: z.ZodType; readonly example: unknown };
}

export interface ProtocolEndpoint {
  readonly contract: {
    /** camelCase, unique among all endpoints. */
    readonly operationId: string;
    readonly method: Method;
    readonly path: `/${string}`;
    readonly tag: string;
    readonly summary: string;
    readonly description: string;
    readonly params?: z.ZodObject;
    /** Only for the document. The standard's implementation parses the request. */
    readonly query?: z.ZodObject;
    readonly form?: { readonly schema: z.ZodObject; readonly example: unknown };
    /** The JSON body, instead of a form. */
    readonly json?: { readonly schema: z.ZodObject; readonly example: unknown };
    /** Problems of this service, for failures that the standard defines no error for. */
    readonly problems?: readonly ProblemName[];
    /** The responses by status. */
    readonly responses: Readonly<Record<number, ProtocolResponse>>;
    /** The client credentials that the endpoint accepts, if any. */
    readonly security: readonly ("client" | "bearer")[];
  };
  /**
   * The tokens that a request takes from its IP address. The pipeline does not know the caller; only the standard's
   * implementation does.
   */
  readonly limit: Limit;
  serve(request: Request, context: RequestContext): Promise<Response>;
}

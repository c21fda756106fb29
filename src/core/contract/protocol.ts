/**
 * An endpoint whose requests and answers another standard defines to the last error, such as OAuth's: the pipeline
 * guards its edges (TLS, URL, methods, headers, log) and leaves the rest to whoever implements the standard.
 */
import type { z } from "@hono/zod-openapi";
import type { ProblemName } from "#core/http/problem-types.ts";
import type { Surroundings } from "./doors.ts";
import type { Method } from "./endpoint.ts";
import type { Limit } from "./limit.ts";

export interface ProtocolResponse {
  readonly description: string;
  /** Absent: no content, or none that is described here. */
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
    /** For the document alone: the standard's implementation reads the request. */
    readonly query?: z.ZodObject;
    readonly form?: { readonly schema: z.ZodObject; readonly example: unknown };
    /** In place of a form. */
    readonly json?: { readonly schema: z.ZodObject; readonly example: unknown };
    /** Problems of ours, where the standard has no error of its own. */
    readonly problems?: readonly ProblemName[];
    /** By status. */
    readonly responses: Readonly<Record<number, ProtocolResponse>>;
    /** Which of the client's credentials it takes, if any. */
    readonly security: readonly ("client" | "bearer")[];
  };
  /** What a request takes of its address: who asks is known to the standard's implementation alone. */
  readonly limit: Limit;
  serve(request: Request, surroundings: Surroundings): Promise<Response>;
}

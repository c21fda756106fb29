/**
 * The request context: one object for each request, which all stages and the handler share. `observe` creates it. The
 * stage that sets a member declares it in `provides`; until then the member is undefined. `pipeline()` refuses a stage
 * that could read it earlier.
 */
import type { Context } from "hono";
import type { SentQuery } from "#core/http/sent-query.ts";
import type { TraceContext } from "#core/http/trace-context.ts";
import type { Answer, Validator } from "./answer.ts";
import type { RequestContext } from "./dependencies.ts";
import type { Current, Endpoint, EndpointCall } from "./endpoint.ts";
import type { Format } from "./format.ts";

/** A handler receives the same object, as an EndpointCall. */
export interface RequestState extends Mutable<EndpointCall> {
  /** Hono's context: the request as it was received, and the response. */
  readonly http: Context<AppEnv>;
  correlationId: string;
  trace: TraceContext;
  /** The URL as the client sent it. */
  sentUrl: URL;
  endpoint: Endpoint;
  /** Whether a GET of the same resource is private to the caller under its cache policy. */
  isPrivate: boolean;
  /** Whether a client may send the response's ETag in `If-Match`. */
  tagGuardsWrites: boolean;
  /** The default format if the endpoint has none to negotiate. */
  format: Format;
  /** The bytes of the body, if the endpoint has one. */
  content: Uint8Array | undefined;
  /** The fields of a form, as the client sent them. */
  form: ReadonlyMap<string, string> | undefined;
  /** The query parameters under the service's own names. */
  sent: SentQuery;
  /** The state that a guarded write starts from, for an endpoint that declares `current`. */
  current: Current | undefined;
  /** The list's validator, if the request's conditions were already evaluated against it. */
  validated: Validator | undefined;
  /** Receives the whole response for the edge's cache, even if the client only needs a 304. */
  keepWhole: ((whole: Response) => void) | undefined;
  /** Set as soon as the handler is called. */
  execution: { answer?: Answer } | undefined;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

export type Member = keyof RequestState;

/** What `configure` adds. The request is then a RequestContext. */
export const CONFIGURED = ["settings", "database", "objects", "meter"] as const satisfies readonly Member[];

/** What `observe` provides: the members that every stage may read. */
type Observed =
  | Exclude<keyof RequestContext, (typeof CONFIGURED)[number]>
  | ("http" | "correlationId" | "trace" | "sentUrl" | "cookie" | "header" | "newId");

/** The members that are set once `readTarget` has run: the operation, the caller, the format and the parameters. */
export const TARGETED = [
  ...CONFIGURED,
  "endpoint",
  "isPrivate",
  "tagGuardsWrites",
  "standings",
  "principal",
  "ability",
  "format",
  "sent",
  "params",
  "query",
  "url",
] as const satisfies readonly Member[];

/** The request context with these members set. */
export type Given<Name extends Member = never> = Readonly<Pick<RequestState, Observed | Name>>;
export type Configured = Given<(typeof CONFIGURED)[number]>;
export type Targeted = Given<(typeof TARGETED)[number]>;

/** The members that a stage provides. They are undefined until it sets them. */
export type Settable<Name extends Member> = Partial<Pick<RequestState, Name>>;

/**
 * The request context when its response is ready. The members of stages that were not reached are undefined, because
 * any stage may have ended the request.
 */
export type Settled = Given & Partial<Readonly<RequestState>>;

export interface AppEnv {
  Bindings: Env;
  Variables: { request: RequestState };
}

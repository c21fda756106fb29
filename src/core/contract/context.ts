/** The typed context that pipeline stages share. Each member names the stage that sets it. */
import type { Database } from "#core/data/database.ts";
import type { SentQuery } from "#core/http/sent-query.ts";
import type { TraceContext } from "#core/http/trace-context.ts";
import type { Ability } from "./ability.ts";
import type { Answer, Validator } from "./answer.ts";
import type { RequestContext } from "./dependencies.ts";
import type { Current, Endpoint, EndpointCall } from "./endpoint.ts";
import type { Format } from "./format.ts";
import type { LimitStanding } from "./limit.ts";
import type { LogFields } from "./log-fields.ts";
import type { Principal } from "./principal.ts";
import type { Settings } from "./settings.ts";

/** The members that exist from the first stage on. */
interface Observed {
  /** observe */
  now: number;
  /** The request's URL as the client sent it. */
  url: URL;
  /** The service's origin as the client sees it. `configure` sets the final value. */
  origin: string;
  correlationId: string;
  trace: TraceContext;
  log: LogFields;
}

/**
 * The members that later stages add. If a stage refuses the request, the members of the stages after it are undefined.
 */
interface Added {
  /** configure */
  settings: Settings;
  database: Database;
  context: RequestContext;
  /** bind */
  endpoint: Endpoint;
  /** bind: whether a GET of the same resource is private to the caller under its cache policy. */
  isPrivate: boolean;
  /** bind: whether a client may send the response's ETag in `If-Match`. */
  tagGuardsWrites: boolean;
  /**
   * shieldAddress, takeTokens: the state of the limits that the request was charged to. The caller's own limits come
   * first.
   */
  standings: readonly LimitStanding[];
  /** authenticate */
  principal: Principal;
  ability: Ability;
  /** negotiateFormat: the default format if the endpoint has none to negotiate. */
  format: Format;
  /** receiveContent: the bytes of the body, if the endpoint has one. */
  content?: Uint8Array;
  /** validateContent: the fields of a form, as the client sent them. */
  form?: ReadonlyMap<string, string>;
  /** readTarget: the query parameters under the service's own names. */
  sent: SentQuery;
  /** readTarget */
  call: EndpointCall;
  /** The edge: the list's validator, if the request's conditions were already evaluated against it. */
  validated?: Validator;
  /** The edge: receives the whole response for its cache, even if the client only needs a 304. */
  keepWhole?: (whole: Response) => void;
  /** loadCurrent: set for an endpoint that declares `current`. */
  current?: Current;
  /** respond: set as soon as the handler is called. */
  execution?: Execution;
}

/** The result of the handler. */
export interface Execution {
  answer?: Answer;
}

export type Variables = Observed & Added;

/** The variables that exist when a response is ready, whichever stage produced it. */
export type SettledVariables = Observed & Partial<Added>;

export interface AppEnv {
  Bindings: Env;
  Variables: Variables;
}

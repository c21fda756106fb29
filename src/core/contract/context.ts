/** What the stages of the pipeline hand on to each other. Each member names the stage that sets it. */
import type { Database } from "#core/data/database.ts";
import type { SentQuery } from "#core/http/sent-query.ts";
import type { TraceContext } from "#core/http/trace-context.ts";
import type { Ability } from "./ability.ts";
import type { Answer, Validator } from "./answer.ts";
import type { Surroundings } from "./doors.ts";
import type { Current, Endpoint, EndpointCall } from "./endpoint.ts";
import type { Format } from "./format.ts";
import type { LimitStanding } from "./limit.ts";
import type { LogFields } from "./log-fields.ts";
import type { Principal } from "./principal.ts";
import type { Settings } from "./settings.ts";

/** What every request has from its first stage on. */
interface Observed {
  /** observe */
  now: number;
  /** The request's URL as it was sent. */
  url: URL;
  /** The service's origin as the client sees it; settled by configure. */
  origin: string;
  correlationId: string;
  trace: TraceContext;
  log: LogFields;
}

/** What later stages add. A request that a stage refuses has nothing of what the stages behind it set. */
interface Added {
  /** configure */
  settings: Settings;
  database: Database;
  surroundings: Surroundings;
  /** bind */
  endpoint: Endpoint;
  /** bind: whether reads of what the endpoint answers with are the caller's own, as their cache policy says. */
  isPrivate: boolean;
  /** bind: whether a client may send the response's entity tag in `If-Match`. */
  tagGuardsWrites: boolean;
  /** shieldAddress, takeTokens: how the limits stand that the request was charged to, the caller's own first. */
  standings: readonly LimitStanding[];
  /** authenticate */
  principal: Principal;
  ability: Ability;
  /** negotiateFormat: the default where the answer has no format to choose. */
  format: Format;
  /** receiveContent: the body's bytes, of an endpoint that has a body. */
  content?: Uint8Array;
  /** validateContent: the fields of a form, as they were sent. */
  form?: ReadonlyMap<string, string>;
  /** readTarget: the query under the service's own names. */
  sent: SentQuery;
  /** readTarget */
  call: EndpointCall;
  /** The edge: the list's validator, where the request's conditions were already held against it. */
  validated?: Validator;
  /** The edge: wants the whole representation, also where the client needs but a 304. */
  keepWhole?: (whole: Response) => void;
  /** loadCurrent, of an endpoint that declares `current`. */
  current?: Current;
  /** respond: there as soon as the handler is called. */
  execution?: Execution;
}

/** What came of the handler. */
export interface Execution {
  answer?: Answer;
}

export type Variables = Observed & Added;

/** What can be relied on when the answer is there, whichever stage gave it. */
export type SettledVariables = Observed & Partial<Added>;

export interface AppEnv {
  Bindings: Env;
  Variables: Variables;
}

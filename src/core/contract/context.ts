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

/** Fields of the log line that only one stage knows. What is not listed here does not get into it. */
export type LogFields = {
  /** The template of a path, where the request has no endpoint. */
  "http.route"?: string;
  /** The opaque id of the account that the request proved to act for, also where the request was then refused. */
  "user.id"?: string | undefined;
  /** The OAuth client that the request came from or was about: as a verified token names it, or as it was found. */
  "client.id"?: string | undefined;
  /** Why credentials were refused: for the operators alone. */
  "auth.failure"?: string;
  /** Set where an issuer's keys were used beyond their time, since it did not answer. */
  "auth.key_set"?: "stale";
  /** What the authorization server refused, as OAuth names it. */
  "oauth.error"?: string;
  /** Why an answer could not be kept for those who ask again with the same key. */
  "idempotency.failure"?: string;
  /** Why a mail that was due is not sent. */
  "mail.failure"?: string;
  /** Who told how the caller's own limit stands: a loan, the object that owns it, a remembered refusal, nobody. */
  "limit.source"?: string;
  /** Policies that refused the request, separated by blanks; likewise the next two. */
  "limit.refused"?: string;
  /** Policies that would have refused it, but are only watched. */
  "limit.shadow"?: string;
  /** Policies that could not be asked: the request went on or not as each says. */
  "limit.failed"?: string;
  /** The policy that refused the same key again and again within a minute: said once a minute. */
  "limit.alarm"?: string;
  /** Set where changed limits were not taken over. */
  "limit.overrides"?: "invalid" | "unavailable";
  /** Why what KV keeps of other sources was not used: it did not answer, has something else, or the source did not answer. */
  "read_model.failure"?: "unavailable" | "invalid" | "stale";
};

export type Variables = Observed & Added;

/** What can be relied on when the answer is there, whichever stage gave it. */
export type SettledVariables = Observed & Partial<Added>;

export interface AppEnv {
  Bindings: Env;
  Variables: Variables;
}

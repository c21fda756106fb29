/** What the stages of the pipeline hand on to each other. Each member names the stage that sets it. */
import type { Database } from "../data/database.ts";
import type { TraceContext } from "../http/trace-context.ts";
import type { Ability } from "./ability.ts";
import type { Current, Endpoint, EndpointCall } from "./endpoint.ts";
import type { Format } from "./format.ts";
import type { Principal } from "./principal.ts";
import type { Settings } from "./settings.ts";

export interface Variables {
  /** observe */
  now: number;
  correlationId: string;
  trace: TraceContext;
  settings: Settings;
  origin: string;
  database: Database;
  /** Fields of the request's one log line; any stage may add. */
  log: Record<string, unknown>;
  /** route */
  endpoint: Endpoint;
  /** authenticate */
  principal: Principal;
  ability: Ability;
  /** negotiate */
  format: Format;
  content: Uint8Array;
  /** readPath */
  params: Record<string, unknown>;
  /** holdPreconditions */
  current: Current;
  /** validate */
  call: EndpointCall;
}

export interface AppEnv {
  Bindings: Env;
  Variables: Variables;
}

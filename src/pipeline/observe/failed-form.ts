/**
 * Builds the input for the page of a failed form, even if a stage refused the request before its body was read. It
 * reads a bounded part of the body within a bounded time. While the service is overloaded, the page does not query the
 * database.
 */
import type { Context } from "hono";
import { abilityOf } from "#core/contract/ability.ts";
import type { AppEnv, SettledVariables } from "#core/contract/context.ts";
import type { Endpoint, EndpointCall } from "#core/contract/endpoint.ts";
import { closedDatabase } from "#core/data/database.ts";
import { parseMediaType } from "#core/http/media-type.ts";
import type { Problem } from "#core/http/problem.ts";
import { SHIELD } from "#features/limits/policy/policies.ts";
import { FORM, salvageForm } from "../receive/form.ts";
import { readBounded } from "../receive/receive.ts";
import { callOf } from "../route/target.ts";

/** Larger than any form of the service, and small enough to read for a refused request. */
const MAX_FORM_BYTES = 65_536;
const PATIENCE_MS = 1_000;

/** The parts of a failed request that the page shows. */
export interface FailedForm {
  readonly call: Parameters<NonNullable<Endpoint["failurePage"]>>[0];
  readonly form: ReadonlyMap<string, string>;
}

/** The form as the client sent it. Undefined if the request did not reach an endpoint with a page. */
export async function failedForm(
  c: Context<AppEnv>,
  endpoint: Endpoint,
  failure: Problem,
): Promise<FailedForm | undefined> {
  const { call = rebuiltCall(c, endpoint), form = await sentForm(c, endpoint) }: SettledVariables = c.var;
  if (call === undefined) return undefined;
  const database = mayAskDatabase(failure) ? call.database : closedDatabase();
  return { call: { ...call, database, body: undefined }, form };
}

/**
 * Whether the page may query the database: not while the database fails or is busy, and not for a flood of requests.
 */
function mayAskDatabase({ status, members }: Problem): boolean {
  const policies = members["violated-policies"];
  const isFlood = Array.isArray(policies) && policies.includes(SHIELD.name);
  return status < 500 && !isFlood;
}

function rebuiltCall(c: Context<AppEnv>, { contract }: Endpoint): EndpointCall | undefined {
  const { context, principal, ability, standings = [] }: SettledVariables = c.var;
  const params = contract.params?.safeParse(c.req.param());
  if (context === undefined || params?.success === false) return undefined;
  const { address } = context;
  return callOf(c, contract, {
    params: params?.data ?? {},
    query: {},
    principal: principal ?? { kind: "anonymous", address },
    ability: ability ?? abilityOf({ kind: "anonymous", address }, NO_RULES),
    standings,
  });
}

const NO_RULES = [] as const;

async function sentForm(c: Context<AppEnv>, { contract }: Endpoint): Promise<ReadonlyMap<string, string>> {
  const { raw } = c.req;
  const isForm = parseMediaType(raw.headers.get("content-type") ?? "")?.essence === FORM;
  if (contract.body?.kind !== "form" || !isForm) return new Map();
  try {
    const { content }: SettledVariables = c.var;
    return salvageForm(content ?? (await readBounded(raw.body, { maxBytes: MAX_FORM_BYTES, patienceMs: PATIENCE_MS })));
  } catch {
    return new Map();
  }
}

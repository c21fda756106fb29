/**
 * Builds the input for the page of a failed form, even if a stage refused the request before its body was read. It
 * reads a bounded part of the body within a bounded time. While the service is overloaded, the page does not query the
 * database.
 */
import { abilityOf } from "#core/contract/ability.ts";
import type { Configured, Settled } from "#core/contract/context.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { Principal } from "#core/contract/principal.ts";
import { closedDatabase } from "#core/data/database.ts";
import { parseMediaType } from "#core/http/media-type.ts";
import type { Problem } from "#core/http/problem.ts";
import { SHIELD } from "#features/limits/policy/policies.ts";
import { FORM, salvageForm } from "../receive/form.ts";
import { readBounded } from "../receive/receive.ts";
import { targetUrl } from "../route/target.ts";

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
  request: Settled,
  { contract }: Endpoint,
  failure: Problem,
): Promise<FailedForm | undefined> {
  const parsed = contract.params?.safeParse(request.http.req.param());
  if (!isConfigured(request) || parsed?.success === false) return undefined;
  const params = parsed?.data ?? {};
  const anonymous: Principal = { kind: "anonymous", address: request.address };
  const { principal = anonymous, ability = abilityOf(anonymous, NO_RULES), standings = [], query = {} } = request;
  const { current, form = await sentForm(request, contract) } = request;
  const url = targetUrl(contract, request.sentUrl, params, principal);
  const database = mayAskDatabase(failure) ? request.database : closedDatabase();
  const target = { ...request, database, principal, ability, standings, params, query, url };
  return { call: { ...target, body: undefined, current }, form };
}

const NO_RULES = [] as const;

/** `objects` is the last member that `configure` sets. */
function isConfigured(request: Settled): request is Settled & Configured {
  return request.objects !== undefined;
}

/**
 * Whether the page may query the database: not while the database fails or is busy, and not for a flood of requests.
 */
function mayAskDatabase({ status, members }: Problem): boolean {
  const policies = members["violated-policies"];
  const isFlood = Array.isArray(policies) && policies.includes(SHIELD.name);
  return status < 500 && !isFlood;
}

async function sentForm(
  { http, content }: Settled,
  { body }: Endpoint["contract"],
): Promise<ReadonlyMap<string, string>> {
  const { raw } = http.req;
  const isForm = parseMediaType(raw.headers.get("content-type") ?? "")?.essence === FORM;
  if (body?.kind !== "form" || !isForm) return new Map();
  try {
    return salvageForm(content ?? (await readBounded(raw.body, { maxBytes: MAX_FORM_BYTES, patienceMs: PATIENCE_MS })));
  } catch {
    return new Map();
  }
}

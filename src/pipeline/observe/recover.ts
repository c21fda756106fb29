/**
 * The answer to a request that took effect and was never answered: its resource, read again as it is now and shown as
 * the success of the operation. Where nothing can be shown, the answer says that it took effect, so that nobody tries anew.
 */
import type { Context } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import type { Effect } from "#features/idempotency/effects.ts";
import { authorizeObject } from "#features/identity/authorize-object.ts";
import { represent } from "../respond/respond.ts";

/** The operation that reads the resource which this one answers with, by its id. */
export function readOf({ contract }: Endpoint, endpoints: readonly Endpoint[]): Endpoint | undefined {
  const { success } = contract;
  if (success.kind !== "resource" || success.once !== undefined) return undefined;
  const { resource } = success;
  const path = resource.path("{id}");
  return endpoints.find(
    ({ contract: { method, path: candidate, success: read } }) =>
      method === "GET" && candidate === path && read.kind === "resource" && read.resource === resource,
  );
}

const NOTHING_WRITTEN =
  "The request was answered and wrote nothing, and its answer cannot be read any more. Use another key.";

/** @throws conflict where there is nothing to show; not-found, forbidden where it may not be shown */
export async function answerFromEffect(
  c: Context<AppEnv>,
  read: Endpoint | undefined,
  effect: Effect | undefined,
): Promise<Response> {
  const { success } = c.var.endpoint.contract;
  if (effect === undefined) throw problem("conflict", { detail: NOTHING_WRITTEN });
  if (success.kind === "empty") return new Response(null, { status: success.status });
  const id = effect.resourceId ?? undefined;
  if (read === undefined || id === undefined || success.kind !== "resource") throw unanswerable(id);
  const answer = await read
    .handler({ ...c.var.call, params: { id }, query: read.contract.query?.parse({}) ?? {}, current: undefined })
    .catch((cause: unknown) => Promise.reject(isMissing(cause) ? unanswerable(id, cause) : cause));
  if (answer.kind !== "resource") throw unanswerable(id);
  authorizeObject(c.var.ability, read.policy.access, answer.value);
  c.set("execution", { answer });
  return represent(c, { ...answer, status: success.status });
}

function isMissing(failure: unknown): boolean {
  return failure instanceof Error && "type" in failure && failure.type === "not-found";
}

function unanswerable(id: string | undefined, cause?: unknown): Problem {
  const where = id === undefined ? "" : ` It is about ${id}.`;
  return problem("conflict", {
    detail: `The request took effect, but its answer was lost and cannot be given again.${where}`,
    cause,
  });
}

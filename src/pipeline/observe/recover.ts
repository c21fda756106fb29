/**
 * Rebuilds the response of a request that took effect but whose response was lost. It reads the resource again and
 * returns it as the operation's successful response. If that is impossible, the response says that the request took
 * effect, so that the client does not repeat it.
 */
import type { Settable, Targeted } from "#core/contract/context.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import type { Effect } from "#features/idempotency/effects.ts";
import { authorizeObject } from "#features/identity/authorize-object.ts";
import { represent } from "../respond/respond.ts";

/** The GET operation that returns the same resource by id. */
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
  "The request completed without writing anything, and its stored response can no longer be read. Use another key.";

/** @throws conflict if there is nothing to return; not-found, forbidden if the caller may not read the resource */
export async function answerFromEffect(
  request: Targeted & Settable<"execution">,
  read: Endpoint | undefined,
  effect: Effect | undefined,
): Promise<Response> {
  const { success } = request.endpoint.contract;
  if (effect === undefined) throw problem("conflict", { detail: NOTHING_WRITTEN });
  if (success.kind === "empty") return new Response(null, { status: success.status });
  const id = effect.resourceId ?? undefined;
  if (read === undefined || id === undefined || success.kind !== "resource") throw unanswerable(id);
  const query = read.contract.query?.parse({}) ?? {};
  const answer = await read
    .handler({ ...request, params: { id }, query, body: undefined, current: undefined })
    .catch((cause: unknown) => Promise.reject(isMissing(cause) ? unanswerable(id, cause) : cause));
  if (answer.kind !== "resource") throw unanswerable(id);
  authorizeObject(request.ability, read.policy.access, answer.value);
  request.execution = { answer };
  return represent(request, { ...answer, status: success.status });
}

function isMissing(failure: unknown): boolean {
  return failure instanceof Error && "type" in failure && failure.type === "not-found";
}

function unanswerable(id: string | undefined, cause?: unknown): Problem {
  const where = id === undefined ? "" : ` It concerns ${id}.`;
  return problem("conflict", {
    detail: `The request took effect, but its response was lost and cannot be rebuilt.${where}`,
    cause,
  });
}

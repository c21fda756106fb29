/**
 * Stage 9, first part: loads the state that a guarded write starts from. It checks whether the principal may read and
 * change the resource. That comes before every precondition, because an ETag, a 412 or a 428 would reveal that the
 * resource exists.
 */
import { TARGETED, type Targeted } from "#core/contract/context.ts";
import type { Current, Endpoint } from "#core/contract/endpoint.ts";
import { stage } from "#core/contract/stage.ts";
import { Problem, problem } from "#core/http/problem.ts";
import { type Guarded, preconditionFailed } from "#features/caching/conditional.ts";
import { authorizeObject } from "#features/identity/authorize-object.ts";

/** @throws not-found, forbidden */
export const loadCurrent = stage(
  "loadCurrent",
  { requires: TARGETED, provides: ["current"] },
  async (request, next) => {
    const { current } = request.endpoint;
    if (current !== undefined) request.current = await readCurrent(request, current);
    await next();
  },
);

/**
 * The error for a write that lost a race. If the batch found that the state has changed since it was loaded, the state
 * is loaded again. The failure is then the one that a later request would get. Any other failure is returned unchanged.
 */
export async function ofPresentState(request: Guarded, failure: unknown): Promise<unknown> {
  const { current } = request.endpoint;
  if (current === undefined || !(failure instanceof Problem) || failure.type !== "precondition-failed") return failure;
  const present = await readCurrent(request, current);
  return preconditionFailed(request, present.validator, failure);
}

async function readCurrent(request: Targeted, read: NonNullable<Endpoint["current"]>): Promise<Current> {
  const current = await read({ ...request, body: undefined, current: undefined });
  if (current === null) throw problem("not-found");
  authorizeObject(request.ability, request.endpoint.policy.access, current.members);
  return current;
}

/**
 * Stage 9, first part: loads the state that a guarded write starts from. It checks whether the principal may know of
 * and change the resource. That comes before every precondition, because an ETag, a 412 or a 428 would reveal that the
 * resource exists.
 */
import type { Context, Next } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Current } from "#core/contract/endpoint.ts";
import { Problem, problem } from "#core/http/problem.ts";
import { preconditionFailed } from "#features/caching/conditional.ts";
import { authorizeObject } from "#features/identity/authorize-object.ts";

/** @throws not-found, forbidden */
export async function loadCurrent(c: Context<AppEnv>, next: Next): Promise<void> {
  const { current } = c.var.endpoint;
  if (current !== undefined) c.set("current", await readCurrent(c, current));
  await next();
}

/**
 * The error for a write that lost a race. If the batch found that the state has changed since it was loaded, the state
 * is loaded again. The failure is then the one that a later request would get. Any other failure is returned unchanged.
 */
export async function ofPresentState(c: Context<AppEnv>, failure: unknown): Promise<unknown> {
  const { current } = c.var.endpoint;
  if (current === undefined || !(failure instanceof Problem) || failure.type !== "precondition-failed") return failure;
  const present = await readCurrent(c, current);
  return preconditionFailed(c, present.validator, failure);
}

async function readCurrent(
  c: Context<AppEnv>,
  read: NonNullable<AppEnv["Variables"]["endpoint"]["current"]>,
): Promise<Current> {
  const { call, endpoint, ability } = c.var;
  const current = await read({ ...call, body: undefined });
  if (current === null) throw problem("not-found");
  authorizeObject(ability, endpoint.policy.access, current.members);
  return current;
}

/**
 * Stage 9, its beginning: the state that a guarded write starts from. Whether the principal may know of the resource,
 * and may change it, comes before every precondition: a tag, a 412 or a 428 would tell that it exists.
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
 * What the loser of a race hears: the handler found in its batch that the state had changed since it was loaded, and
 * the answer is that of a request which came later, from the state as it is now. Any other failure stays itself.
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

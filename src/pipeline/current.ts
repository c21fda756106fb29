/**
 * Stage 9, its beginning: the state that a guarded write starts from. Whether the principal may know of the resource,
 * and may change it, comes before every precondition: a tag, a 412 or a 428 would tell that it exists.
 */
import type { Context, Next } from "hono";
import { guardWrite } from "../caching/conditional.ts";
import type { Answer } from "../contract/answer.ts";
import type { AppEnv } from "../contract/context.ts";
import type { Current } from "../contract/endpoint.ts";
import { Problem, problem } from "../http/problem.ts";
import { authorizeObject } from "../identity/authorize-object.ts";
import { applyContent } from "./validate.ts";

/** @throws not-found, forbidden */
export async function loadCurrent(c: Context<AppEnv>, next: Next): Promise<void> {
  const { current } = c.var.endpoint;
  if (current !== undefined) c.set("current", await readCurrent(c, current));
  await next();
}

/** More than any crowd that changes one resource at a time needs, and few enough to answer in time. */
const MAX_ATTEMPTS = 20;

/**
 * Runs the handler. Where it finds in its batch that the state has changed since it was loaded, nothing was written,
 * and the request is judged as one that came later: refused by its precondition (412), or, when that holds for the
 * present state too as `*` does, carried out from there.
 *
 * @throws precondition-failed, service-unavailable when others were always first, and what the handler throws
 */
export async function handle(c: Context<AppEnv>): Promise<Answer> {
  const { handler, current } = c.var.endpoint;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await handler(c.var.call);
    } catch (failure) {
      const isLostRace = failure instanceof Problem && failure.type === "precondition-failed";
      if (current === undefined || !isLostRace) throw failure;
      const present = await readCurrent(c, current);
      await guardWrite(c, present.validator, failure);
      if (attempt === MAX_ATTEMPTS) {
        throw problem("service-unavailable", { detail: "Others keep changing the resource.", cause: failure });
      }
      c.set("current", present);
      applyContent(c);
    }
  }
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

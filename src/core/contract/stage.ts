/**
 * A stage of the pipeline states which members of the request context it requires and which it provides. pipeline()
 * refuses an order of stages in which a member would be read before it is set.
 */
import type { MiddlewareHandler, Next } from "hono";
import type { AppEnv, Given, Member, Settable } from "./context.ts";

export interface Stage {
  readonly name: string;
  readonly requires: readonly Member[];
  /** Set whenever the stage passes the request on. */
  readonly provides: readonly Member[];
  readonly handle: MiddlewareHandler<AppEnv>;
}

/**
 * Declares a stage. `run` reads only what the stage requires and what `observe` provides, and sets only what the stage
 * provides. Its `next` runs the later stages.
 *
 * @example
 * export const refuseRobots = stage("refuseRobots", { requires: ["principal"] }, async (request, next) => {
 *   const { http, principal } = request;
 *   if (principal.kind === "anonymous" && isRobot(http.req.header("user-agent"))) throw problem("forbidden");
 *   await next();
 * });
 */
export function stage<Requires extends Member = never, Provides extends Member = never>(
  name: string,
  { requires = [], provides = [] }: { requires?: readonly Requires[]; provides?: readonly Provides[] },
  run: (request: Given<Requires> & Settable<Provides>, next: Next) => ReturnType<MiddlewareHandler<AppEnv>>,
): Stage {
  // `http` represents all members that `observe` provides, so no stage can come before `observe`.
  return { name, requires: ["http", ...requires], provides, handle: (c, next) => run(c.get("request"), next) };
}

/**
 * The stages as Hono's middleware. `before` are the stages that the same request has already passed.
 *
 * @throws RangeError if a stage requires a member that no earlier stage provides
 */
export function pipeline(stages: readonly Stage[], before: readonly Stage[] = []): MiddlewareHandler<AppEnv>[] {
  const provided = new Set(before.flatMap(({ provides }) => provides));
  for (const { name, requires, provides } of stages) {
    const missing = requires.filter((member) => !provided.has(member));
    if (missing.length > 0) {
      throw new RangeError(`The stage ${name} requires ${missing.join(", ")}, which no earlier stage provides.`);
    }
    for (const member of provides) provided.add(member);
  }
  return stages.map(({ handle }) => handle);
}

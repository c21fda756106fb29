/** Where the buckets are: one Durable Object a policy and key, and one more a location where a key is hot. */
import type { Surroundings } from "#core/contract/doors.ts";
import type { Ask, Lender } from "./lender.ts";
import type { LimitSurroundings } from "./limiter.ts";

type Objects = Pick<Surroundings["objects"], "TOKEN_BUCKETS">;

/** The object of a name, or the one that stands for it at the request's location. */
export function findObject(name: string, isNear: boolean, surroundings: LimitSurroundings): Lender {
  const { TOKEN_BUCKETS }: Objects = surroundings.objects;
  const { location } = surroundings;
  const world = `world:${name}`;
  const object = TOKEN_BUCKETS.getByName(world);
  if (!isNear || location === undefined) return object;
  const near = TOKEN_BUCKETS.getByName(`near:${location}:${name}`);
  return {
    ask: (ask: Ask) => near.askNear(world, ask),
    giveBack: (rule, tokens) => object.giveBack(rule, tokens),
    look: (rule) => object.look(rule),
    record: (rule, count) => object.record(rule, count),
    unrecord: (rule, count, at) => object.unrecord(rule, count, at),
    lookWindow: (rule) => object.lookWindow(rule),
    reset: () => object.reset(),
  };
}

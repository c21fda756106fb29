/** Where limits are counted: one Durable Object for each policy and key, and one more for each location of a hot key. */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { BucketClient } from "../bucket/messages.ts";
import type { WindowClient } from "../bucket/window.ts";

/** The remote side of one limit and key: it counts a bucket or a window, as the policy says. */
export interface LimitObject extends BucketClient, WindowClient {
  /** Fills the limit, except for leased tokens. */
  reset(): Promise<void>;
}

/** The part of a request's context that limits need. */
export type LimitContext = Pick<RequestContext, "objects" | "defer"> & {
  /** The platform's name for the request's location; undefined if it has none. */
  readonly location?: string | undefined;
};

/** Finds the object called `name`, or the one that serves the request's location. */
export type FindObject = (name: string, useLocation: boolean, context: LimitContext) => LimitObject;

/** Finds an object among the Durable Objects. A change of the prefixes would lose the state of all limits. */
export const findObject: FindObject = (name, useLocation, { objects, location }) => {
  const globalName = `world:${name}`;
  const object = objects.TOKEN_BUCKETS.getByName(globalName);
  if (!useLocation || location === undefined) return object;
  const locationObject = objects.TOKEN_BUCKETS.getByName(`near:${location}:${name}`);
  return {
    requestLease: (request) => locationObject.requestLocationLease(globalName, request),
    giveBackTokens: (rule, tokens) => object.giveBackTokens(rule, tokens),
    readLevel: (rule) => object.readLevel(rule),
    addToWindow: (rule, count) => object.addToWindow(rule, count),
    removeFromWindow: (rule, count, at) => object.removeFromWindow(rule, count, at),
    readWindow: (rule) => object.readWindow(rule),
    reset: () => object.reset(),
  };
};

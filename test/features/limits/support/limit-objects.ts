/** Limit objects in memory, without the platform around them. They count their calls. */
import {
  advanceBucket,
  type Bucket,
  createFullBucket,
  giveBackTokens,
  handleLeaseRequest,
  MICRO,
} from "#features/limits/bucket/bucket.ts";
import type { BucketRule } from "#features/limits/bucket/messages.ts";
import { addToWindow, removeFromWindow, type WindowLog } from "#features/limits/bucket/window.ts";
import type { LimitContext, LimitObject } from "#features/limits/object/find-object.ts";

export interface CountedObject extends LimitObject {
  calls: number;
  /** Runs before each response. */
  before: () => Promise<void>;
}

export function createCountedObject(now: () => number): CountedObject {
  let bucket: Bucket | undefined;
  let log: WindowLog = [];
  const open = (rule: BucketRule) => bucket ?? createFullBucket(rule, now(), 1);
  const object: CountedObject = {
    calls: 0,
    before: async () => undefined,
    async requestLease(request) {
      object.calls += 1;
      await object.before();
      const result = handleLeaseRequest(open(request.rule), request, now());
      bucket = result.bucket;
      return { ...result.response, isHot: false };
    },
    async giveBackTokens(rule, tokens) {
      object.calls += 1;
      bucket = giveBackTokens(open(rule), rule, now(), tokens);
    },
    async readLevel(rule) {
      object.calls += 1;
      await object.before();
      return advanceBucket(open(rule), rule, now()).level;
    },
    async addToWindow(rule, count) {
      object.calls += 1;
      await object.before();
      const result = addToWindow(log, rule, now(), count);
      log = result.log;
      return result.state;
    },
    async removeFromWindow(_rule, count, at) {
      log = removeFromWindow(log, count, at);
    },
    readWindow: async (rule) => addToWindow(log, rule, now(), 0).state,
    async reset() {
      if (bucket !== undefined) bucket = { ...bucket, level: Number.MAX_SAFE_INTEGER / MICRO };
    },
  };
  return object;
}

/** The context of a limiter that is given its objects. */
export function contextOf(deferred: Promise<unknown>[] = []): LimitContext {
  const objects = {} as LimitContext["objects"]; // nothing in these tests looks for an object
  return { objects, defer: (work) => void deferred.push(work.catch(() => undefined)) };
}

/** Buckets without objects around them, for what is tested in one place: they count how often they are asked. */
import { advance, answer, type Bucket, fullBucket, giveBack, MICRO } from "#features/limits/bucket.ts";
import type { Ask, BucketRule, Lender } from "#features/limits/lender.ts";
import type { LimitSurroundings } from "#features/limits/limiter.ts";
import { record, unrecord, type WindowLog } from "#features/limits/window.ts";

export interface CountedLender extends Lender {
  calls: number;
  /** What each call does before it is answered. */
  before: () => Promise<void>;
}

export function openLender(now: () => number): CountedLender {
  let bucket: Bucket | undefined;
  let log: WindowLog = [];
  const open = (rule: BucketRule) => bucket ?? fullBucket(rule, now(), 1);
  const lender: CountedLender = {
    calls: 0,
    before: async () => undefined,
    async ask(ask: Ask) {
      lender.calls += 1;
      await lender.before();
      const result = answer(open(ask.rule), ask, now());
      bucket = result.bucket;
      return { ...result.answer, isHot: false };
    },
    async giveBack(rule, tokens) {
      lender.calls += 1;
      bucket = giveBack(open(rule), rule, now(), tokens);
    },
    async look(rule) {
      lender.calls += 1;
      await lender.before();
      return advance(open(rule), rule, now()).level;
    },
    async record(rule, count) {
      lender.calls += 1;
      await lender.before();
      const result = record(log, rule, now(), count);
      log = result.log;
      return result.recorded;
    },
    async unrecord(_rule, count, at) {
      log = unrecord(log, count, at);
    },
    lookWindow: async (rule) => record(log, rule, now(), 0).recorded,
    async reset() {
      if (bucket !== undefined) bucket = { ...bucket, level: Number.MAX_SAFE_INTEGER / MICRO };
    },
  };
  return lender;
}

/** The surroundings of a limiter that finds its lenders by itself. */
export function surroundingsOf(deferred: Promise<unknown>[] = []): LimitSurroundings {
  const objects = {} as LimitSurroundings["objects"]; // nothing in these tests looks for an object
  return { objects, defer: (work) => void deferred.push(work.catch(() => undefined)) };
}

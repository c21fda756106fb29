/**
 * What is said between one that needs tokens and one that lends them: an isolate and a bucket's object, a location's
 * bucket and the world's. Plain data, so that it can cross between them. An ask is answered once; an answer that is
 * lost loses tokens to the client, never to the bound.
 */

/** What a bucket is ruled by. */
export interface BucketRule {
  /** Whole tokens. */
  readonly capacity: number;
  readonly refillPerSecond: number;
  /** Whoever sends it could not read the latest changes: an object that holds to another rule goes on with that. */
  readonly isAssumed?: boolean;
}

/** The rule to hold to where `asked` is sent and `held` is what was held to so far. What is changed counts at once. */
export function ruleToHoldTo(asked: BucketRule, held: BucketRule | undefined): BucketRule {
  if (asked.isAssumed !== true) return asked;
  const { capacity, refillPerSecond } = asked;
  return held ?? { capacity, refillPerSecond };
}

/** What a sliding-window log is ruled by. */
export interface WindowRule {
  readonly limit: number;
  readonly windowMs: number;
}

/** What became of tokens that were lent. They may be told of in parts. */
export interface Settlement {
  readonly loan: number;
  /** Whole tokens: spent and not told of before. */
  readonly spent: number;
  /** Whole tokens: handed back. Whoever sends this has let go of them already. */
  readonly unused: number;
}

export interface Ask {
  readonly rule: BucketRule;
  /** What each request that waits for the answer costs, in whole tokens, the first come first. */
  readonly costs: readonly number[];
  /** Tokens that will be needed soon, beyond the costs. 0: lend nothing. */
  readonly ahead: number;
  /** How long the asker may use what it is lent, in milliseconds from before it asked. */
  readonly lifeMs: number;
  readonly settlements: readonly Settlement[];
  /** How many asks of others this one stands for, itself among them where it is nobody's but its own. */
  readonly standsFor: number;
}

/** Tokens to be used until the asker's own clock has moved on by `lifeMs` since before it asked. */
export interface Loan {
  readonly id: number;
  /** Whole tokens. */
  readonly amount: number;
  readonly lifeMs: number;
}

export interface Answer {
  /** For each cost: 0 where it was taken, else in how many milliseconds it can be. */
  readonly waitsMs: readonly number[];
  readonly loan: Loan | undefined;
  /** What is left, without what is lent to anybody, in micro-tokens. */
  readonly level: number;
  /** The bucket is asked so often that those who ask should go through their location's. */
  readonly isHot: boolean;
}

/** The other side of a call, wherever it is. Each method rejects when it cannot be reached. */
export interface Lender {
  ask(ask: Ask): Promise<Answer>;
  /** Gives back whole tokens that were taken for a request that was none. */
  giveBack(rule: BucketRule, tokens: number): Promise<void>;
  /** Micro-tokens left. */
  look(rule: BucketRule): Promise<number>;
  /** Records so many requests at once in a sliding-window log, or none. */
  record(rule: WindowRule, count: number): Promise<Recorded>;
  /** Takes back so many of those that were recorded as made at `at`. */
  unrecord(rule: WindowRule, count: number, at: number): Promise<void>;
  /** What a window has room for now. */
  lookWindow(rule: WindowRule): Promise<Recorded>;
  /** As new. Loans that are out stay out. */
  reset(): Promise<void>;
}

export interface Recorded {
  /** 0 where they were recorded, else in how many milliseconds they can be. */
  readonly waitMs: number;
  /** How many more there may be at once. */
  readonly remaining: number;
  /** In how many milliseconds the window is empty. */
  readonly emptyInMs: number;
  /** When they are recorded as made, or would be: epoch milliseconds of the window's own clock. */
  readonly at: number;
}

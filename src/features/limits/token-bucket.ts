/**
 * The Durable Object that counts for one policy and key: a shell around bucket.ts and window.ts, and, where it stands
 * for a location, around relay.ts. It goes by its own clock, which never runs backwards here, and keeps a line on disk
 * that its bucket stays above: an eviction can cost the client a few tokens, and never gains it one. Most calls write
 * nothing. What nobody has touched until it is full again is deleted.
 */
import { DurableObject } from "cloudflare:workers";
import { advance, answer, type Bucket, fullBucket, giveBack, MICRO } from "./bucket.ts";
import { addDemand, type Demand, demandPerSecond, NO_DEMAND } from "./demand.ts";
import { type Answer, type Ask, type BucketRule, type Recorded, ruleToHoldTo, type WindowRule } from "./lender.ts";
import { beginAgain, draw, drawClose, isClose, isCovered, type Line, oblivionMs } from "./line.ts";
import { openRelay, type Relay } from "./relay.ts";
import { record, unrecord, type WindowLog } from "./window.ts";

const LINE = "line";
const LOG = "log";
const LOG_RULE = "log-rule";

/** From that many asks a second on, isolates should go through their location's object; below half of it, no longer. */
const HOT_PER_SECOND = 500;

/** After that long without a call, or twice that, the line is drawn close, where it would not rise by itself. */
const QUIET_MS = 4000;

/** To look whether an object can go costs more than to keep it for a while. */
const SHORTEST_KEPT_MS = 600_000;

/** Ids of loans begin anywhere below this, so that no two lives of an object give the same. */
const FIRST_LOANS = 2 ** 48;

export class TokenBucket extends DurableObject<Env> {
  #now = 0;
  #bucket: Bucket | undefined;
  #line: Line | undefined;
  #relay: Relay | undefined;
  #calls: Demand = NO_DEMAND;
  #isHot = false;
  #isQuiet = true;
  #quiet: ReturnType<typeof setTimeout> | undefined;

  /** Settles, takes and lends. */
  async ask(ask: Ask): Promise<Answer> {
    const now = this.#clock();
    const rule = this.#ruleFor(ask.rule);
    const result = answer(this.#open(rule, now), { ...ask, rule }, now);
    await this.#keep(result.bucket, rule);
    return { ...result.answer, isHot: this.#measure(now, ask.standsFor) };
  }

  /** Answers for a location, with tokens borrowed from the object called `world`. */
  async askNear(world: string, ask: Ask): Promise<Answer> {
    this.#relay ??= openRelay(firstLoan());
    return this.#relay.ask(ask, {
      // biome-ignore lint/plugin: a borrower has to see a step back, since its loans' lender may not make it
      now: () => Date.now(),
      world: this.env.TOKEN_BUCKETS.getByName(world),
      defer: (work) => this.ctx.waitUntil(work.catch(() => undefined)),
    });
  }

  /** Gives back whole tokens. */
  async giveBack(asked: BucketRule, tokens: number): Promise<void> {
    const now = this.#clock();
    const rule = this.#ruleFor(asked);
    await this.#keep(giveBack(this.#open(rule, now), rule, now, tokens), rule);
  }

  /** Micro-tokens left, without what is lent. */
  async look(asked: BucketRule): Promise<number> {
    const now = this.#clock();
    const rule = this.#ruleFor(asked);
    return advance(this.#open(rule, now), rule, now).level;
  }

  /** Records so many in the window, or none. */
  async record(rule: WindowRule, count: number): Promise<Recorded> {
    const { log, recorded } = record(this.#log(), rule, this.#clock(), count);
    if (recorded.waitMs === 0) await this.#keepLog(log, rule);
    return recorded;
  }

  /** Takes back so many of those that were recorded as made at `at`. */
  async unrecord(rule: WindowRule, count: number, at: number): Promise<void> {
    await this.#keepLog(unrecord(this.#log(), count, at), rule);
  }

  async lookWindow(rule: WindowRule): Promise<Recorded> {
    return record(this.#log(), rule, this.#clock(), 0).recorded;
  }

  /** As new, but for loans that are out. */
  async reset(): Promise<void> {
    const now = this.#clock();
    const { kv } = this.ctx.storage;
    kv.delete(LOG);
    const rule = this.#readLine()?.rule;
    if (rule === undefined) return;
    const bucket = { ...this.#open(rule, now), level: rule.capacity * MICRO };
    this.#bucket = advance(bucket, rule, now);
    // A lower line would cover it, and give back nothing where the object is forgotten.
    await this.#write(drawClose(this.#bucket, rule));
  }

  override async alarm(): Promise<void> {
    const { kv } = this.ctx.storage;
    const line = kv.get<Line>(LINE);
    const dueIn = Math.max(
      line === undefined ? 0 : line.at + oblivionMs(line) - this.#clock(),
      (kv.get<WindowLog>(LOG)?.at(-1) ?? 0) + (kv.get<WindowRule>(LOG_RULE)?.windowMs ?? 0) - this.#clock(),
    );
    if (dueIn > 0) return this.#wakeIn(dueIn);
    this.#bucket = undefined;
    this.#line = undefined;
    await this.ctx.storage.deleteAll();
  }

  #open(rule: BucketRule, now: number): Bucket {
    if (this.#bucket !== undefined) return this.#bucket;
    const line = this.#readLine();
    return line === undefined ? fullBucket(rule, now, firstLoan()) : beginAgain(line, now, firstLoan());
  }

  /** The line's rule is the latest that counted. */
  #ruleFor(asked: BucketRule): BucketRule {
    return ruleToHoldTo(asked, this.#readLine()?.rule);
  }

  #readLine(): Line | undefined {
    this.#line ??= this.ctx.storage.kv.get<Line>(LINE);
    return this.#line;
  }

  /** Nothing is waited for between a bucket's being opened and kept: no other call comes in between. */
  async #keep(bucket: Bucket, rule: BucketRule): Promise<void> {
    this.#bucket = bucket;
    this.#isQuiet = false;
    if (isCovered(this.#line, bucket, rule)) return;
    const line = draw(bucket, rule, this.#line);
    if (!isClose(line, bucket, rule)) this.#quiet ??= this.#awaitQuiet();
    await this.#write(line);
  }

  #awaitQuiet(): ReturnType<typeof setTimeout> {
    this.#isQuiet = true;
    // biome-ignore lint/plugin: nobody waits for it, and where it is lost the line is merely lower
    return setTimeout(() => this.#settleDown(), QUIET_MS);
  }

  #settleDown(): void {
    this.#quiet = this.#isQuiet ? undefined : this.#awaitQuiet();
    if (this.#quiet !== undefined || this.#bucket === undefined || this.#line === undefined) return;
    const { rule } = this.#line;
    if (!isClose(this.#line, this.#bucket, rule)) this.ctx.waitUntil(this.#write(drawClose(this.#bucket, rule)));
  }

  async #write(line: Line): Promise<void> {
    const isFirst = this.#line === undefined;
    this.#line = line;
    this.ctx.storage.kv.put(LINE, line);
    if (isFirst) await this.#wakeIn(oblivionMs(line));
  }

  #log(): WindowLog {
    return this.ctx.storage.kv.get<WindowLog>(LOG) ?? [];
  }

  async #keepLog(log: WindowLog, rule: WindowRule): Promise<void> {
    const { kv } = this.ctx.storage;
    kv.put(LOG, log);
    kv.put(LOG_RULE, rule);
    if ((await this.ctx.storage.getAlarm()) === null) await this.#wakeIn(rule.windowMs);
  }

  #wakeIn(ms: number): Promise<void> {
    // biome-ignore lint/plugin: alarms go by the platform's clock
    return this.ctx.storage.setAlarm(Date.now() + Math.max(ms, SHORTEST_KEPT_MS));
  }

  #measure(now: number, asks: number): boolean {
    this.#calls = addDemand(this.#calls, now, asks);
    this.#isHot = demandPerSecond(this.#calls, now) >= (this.#isHot ? HOT_PER_SECOND / 2 : HOT_PER_SECOND);
    return this.#isHot;
  }

  /** A clock that steps back stands still here until it has caught up: time is never counted twice. */
  #clock(): number {
    // biome-ignore lint/plugin: the bound is one of the bucket's own time, whatever those who ask believe
    this.#now = Math.max(this.#now, Date.now());
    return this.#now;
  }
}

function firstLoan(): number {
  // biome-ignore lint/plugin: an object has no doors
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high * 2 ** 32 + low) % FIRST_LOANS;
}

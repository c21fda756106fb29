/**
 * The Durable Object of one limit and key. It counts a token bucket or a sliding window, or leases tokens for one
 * location. Its clock never runs backwards, and an eviction can cost a client some tokens but never gains any. Most calls
 * write nothing; an object whose limit is full again deletes itself.
 */
import { DurableObject } from "cloudflare:workers";
import {
  advanceBucket,
  type Bucket,
  createFullBucket,
  giveBackTokens,
  handleLeaseRequest,
  MICRO,
} from "../bucket/bucket.ts";
import { addDemand, type Demand, demandPerSecond, NO_DEMAND } from "../bucket/demand.ts";
import { type BucketRule, effectiveRule, type LeaseRequest, type LeaseResponse } from "../bucket/messages.ts";
import {
  createFloor,
  createTightFloor,
  isAboveFloor,
  isTightFloor,
  msUntilFull,
  type PersistedFloor,
  restoreBucket,
} from "../bucket/persisted-floor.ts";
import type { WindowRule, WindowState } from "../bucket/window.ts";
import type { LimitObject } from "./find-object.ts";
import { createLocationBucket, type LocationBucket } from "./location-bucket.ts";
import { StoredWindow } from "./stored-window.ts";

const FLOOR_KEY = "line";

/** From this many calls a second on, isolates call their location's object; below half of it they stop. */
const HOT_PER_SECOND = 500;

/** After one to two times this period without a call, a floor that would not become tight by itself is written tight. */
const QUIET_MS = 4000;

/** The earliest deletion. A check costs more than keeping the object for a while. */
const MIN_KEPT_MS = 600_000;

/** Lease ids start at a random number below this, so that two lives of an object do not issue the same id. */
const FIRST_LEASE_IDS = 2 ** 48;

export class TokenBucket extends DurableObject<Env> implements LimitObject {
  #now = 0;
  #bucket: Bucket | undefined;
  #floor: PersistedFloor | undefined;
  #location: LocationBucket | undefined;
  #calls: Demand = NO_DEMAND;
  #isHot = false;
  #isQuiet = true;
  #quietTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #window = new StoredWindow(this.ctx.storage.kv);

  /** Settles leases, takes the costs, and grants a lease. */
  async requestLease(request: LeaseRequest): Promise<LeaseResponse> {
    const now = this.#clock();
    const rule = this.#ruleFor(request.rule);
    const { bucket, response } = handleLeaseRequest(this.#open(rule, now), { ...request, rule }, now);
    await this.#keep(bucket, rule);
    return { ...response, isHot: this.#measure(now, request.callCount) };
  }

  /** Serves a location with tokens leased from the object `globalName`. */
  async requestLocationLease(globalName: string, request: LeaseRequest): Promise<LeaseResponse> {
    this.#location ??= createLocationBucket(randomLeaseId());
    return this.#location.requestLease(request, {
      // biome-ignore lint/plugin: a holder of leases must see a clock that steps back, and #clock() hides it
      now: () => Date.now(),
      globalBucket: this.env.TOKEN_BUCKETS.getByName(globalName),
      defer: (work) => this.ctx.waitUntil(work.catch(() => undefined)),
    });
  }

  async giveBackTokens(requested: BucketRule, tokens: number): Promise<void> {
    const now = this.#clock();
    const rule = this.#ruleFor(requested);
    await this.#keep(giveBackTokens(this.#open(rule, now), rule, now, tokens), rule);
  }

  async readLevel(requested: BucketRule): Promise<number> {
    const now = this.#clock();
    const rule = this.#ruleFor(requested);
    return advanceBucket(this.#open(rule, now), rule, now).level;
  }

  async addToWindow(rule: WindowRule, count: number): Promise<WindowState> {
    const state = this.#window.add(rule, this.#clock(), count);
    if (state.waitMs === 0) await this.#keepWindow(rule);
    return state;
  }

  async removeFromWindow(rule: WindowRule, count: number, at: number): Promise<void> {
    this.#window.remove(rule, count, at);
    await this.#keepWindow(rule);
  }

  async readWindow(rule: WindowRule): Promise<WindowState> {
    return this.#window.add(rule, this.#clock(), 0);
  }

  /** Fills the bucket, except for leased tokens, and empties the window. */
  async reset(): Promise<void> {
    const now = this.#clock();
    this.#window.clear();
    const rule = this.#readFloor()?.rule;
    if (rule === undefined) return;
    const bucket = { ...this.#open(rule, now), level: rule.capacity * MICRO };
    this.#bucket = advanceBucket(bucket, rule, now);
    // A floor that is still below would undo the reset after an eviction.
    await this.#writeFloor(createTightFloor(this.#bucket, rule));
  }

  override async alarm(): Promise<void> {
    const now = this.#clock();
    const floor = this.ctx.storage.kv.get<PersistedFloor>(FLOOR_KEY);
    const dueInMs = Math.max(
      floor === undefined ? 0 : floor.at + msUntilFull(floor) - now,
      this.#window.emptyAt() - now,
    );
    if (dueInMs > 0) return this.#setAlarm(dueInMs);
    this.#bucket = undefined;
    this.#floor = undefined;
    await this.ctx.storage.deleteAll();
  }

  #open(rule: BucketRule, now: number): Bucket {
    if (this.#bucket !== undefined) return this.#bucket;
    const floor = this.#readFloor();
    return floor === undefined
      ? createFullBucket(rule, now, randomLeaseId())
      : restoreBucket(floor, now, randomLeaseId());
  }

  /** The floor has the latest rule that applied. */
  #ruleFor(requested: BucketRule): BucketRule {
    return effectiveRule(requested, this.#readFloor()?.rule);
  }

  #readFloor(): PersistedFloor | undefined {
    this.#floor ??= this.ctx.storage.kv.get<PersistedFloor>(FLOOR_KEY);
    return this.#floor;
  }

  /** There is no await between opening a bucket and keeping it, so no other call runs in between. */
  async #keep(bucket: Bucket, rule: BucketRule): Promise<void> {
    this.#bucket = bucket;
    this.#isQuiet = false;
    if (isAboveFloor(this.#floor, bucket, rule)) return;
    const floor = createFloor(bucket, rule, this.#floor);
    if (!isTightFloor(floor, bucket, rule)) this.#quietTimer ??= this.#startQuietTimer();
    await this.#writeFloor(floor);
  }

  #startQuietTimer(): ReturnType<typeof setTimeout> {
    this.#isQuiet = true;
    // biome-ignore lint/plugin: no request waits for this timer; if it is lost, the floor is only lower
    return setTimeout(() => this.#tightenFloor(), QUIET_MS);
  }

  #tightenFloor(): void {
    this.#quietTimer = this.#isQuiet ? undefined : this.#startQuietTimer();
    if (this.#quietTimer !== undefined || this.#bucket === undefined || this.#floor === undefined) return;
    const { rule } = this.#floor;
    if (isTightFloor(this.#floor, this.#bucket, rule)) return;
    this.ctx.waitUntil(this.#writeFloor(createTightFloor(this.#bucket, rule)));
  }

  async #writeFloor(floor: PersistedFloor): Promise<void> {
    const isFirst = this.#floor === undefined;
    this.#floor = floor;
    this.ctx.storage.kv.put(FLOOR_KEY, floor);
    if (isFirst) await this.#setAlarm(msUntilFull(floor));
  }

  async #keepWindow({ windowMs }: WindowRule): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.#setAlarm(windowMs);
  }

  #setAlarm(ms: number): Promise<void> {
    // biome-ignore lint/plugin: alarms follow the platform's clock
    return this.ctx.storage.setAlarm(Date.now() + Math.max(ms, MIN_KEPT_MS));
  }

  #measure(now: number, calls: number): boolean {
    this.#calls = addDemand(this.#calls, now, calls);
    this.#isHot = demandPerSecond(this.#calls, now) >= (this.#isHot ? HOT_PER_SECOND / 2 : HOT_PER_SECOND);
    return this.#isHot;
  }

  /** A clock that steps back stands still here until it has caught up, so no time counts twice. */
  #clock(): number {
    // biome-ignore lint/plugin: the bound is one of the object's own time
    this.#now = Math.max(this.#now, Date.now());
    return this.#now;
  }
}

function randomLeaseId(): number {
  // biome-ignore lint/plugin: the platform creates objects, so they get no injected randomness
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high * 2 ** 32 + low) % FIRST_LEASE_IDS;
}

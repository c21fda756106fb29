/**
 * The Durable Object that counts the attempts of one account or one address: a shell around attempts.ts and
 * allowance.ts. What it answers is on disk before the answer leaves, so eviction forgets nothing; what nobody has
 * touched for a day is dropped.
 */
import { DurableObject } from "cloudflare:workers";
import { type Allowance, giveBack, spend } from "./allowance.ts";
import { type Attempts, begin, FORGOTTEN_AFTER_MS, type Thresholds, takeBack, type Verdict } from "./attempts.ts";

const ATTEMPTS = "attempts";
const TIMES = "times";
/** Whether anything was written since the alarm was set. */
const TOUCHED = "touched";

export class LoginAttempts extends DurableObject<Env> {
  /** Judges an attempt at `now` (epoch ms) and counts it as failed where it may go on. */
  async begin(thresholds: Thresholds, hasMetChallenge: boolean, now: number): Promise<Verdict> {
    const { verdict, attempts } = begin(this.#attempts(), thresholds, hasMetChallenge, now);
    if (verdict.outcome === "open") await this.#keep(ATTEMPTS, attempts);
    return verdict;
  }

  /** One attempt was none, or was right. */
  async takeBack(): Promise<void> {
    await this.#keep(ATTEMPTS, takeBack(this.#attempts()));
  }

  /** No failure counts any more. */
  async forgive(): Promise<void> {
    await this.#keep(ATTEMPTS, undefined);
  }

  /** Takes one of the allowance at `now` (epoch ms). */
  async spend(allowance: Allowance, now: number): Promise<Verdict> {
    const { verdict, times } = spend(this.#times(), allowance, now);
    if (verdict.outcome === "open") await this.#keep(TIMES, times);
    return verdict;
  }

  /** One that was taken at `time` was not used. */
  async giveBack(time: number): Promise<void> {
    await this.#keep(TIMES, giveBack(this.#times(), time));
  }

  override async alarm(): Promise<void> {
    const { kv } = this.ctx.storage;
    if (kv.get(TOUCHED) !== true) return this.ctx.storage.deleteAll();
    kv.delete(TOUCHED);
    await this.#wakeLater();
  }

  #attempts(): Attempts | undefined {
    return this.ctx.storage.kv.get<Attempts>(ATTEMPTS);
  }

  #times(): readonly number[] {
    return this.ctx.storage.kv.get<readonly number[]>(TIMES) ?? [];
  }

  /** Read and written without a wait between them: no other call comes in between. */
  async #keep(key: string, value: unknown): Promise<void> {
    const { kv } = this.ctx.storage;
    if (value === undefined) kv.delete(key);
    else kv.put(key, value);
    kv.put(TOUCHED, true);
    if ((await this.ctx.storage.getAlarm()) === null) await this.#wakeLater();
  }

  #wakeLater(): Promise<void> {
    // biome-ignore lint/plugin: alarms run by the platform's clock, whatever the service's own says.
    return this.ctx.storage.setAlarm(Date.now() + FORGOTTEN_AFTER_MS);
  }
}

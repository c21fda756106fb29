/**
 * The Durable Object that counts the attempts of one account or one address: a shell around attempts.ts and
 * allowance.ts. State is on disk before the response leaves, so eviction loses nothing. State that is unused for a day
 * is dropped.
 */
import { DurableObject } from "cloudflare:workers";
import { type Allowance, giveBack, spend } from "./allowance.ts";
import { type Attempts, begin, FORGOTTEN_AFTER_MS, type Thresholds, takeBack, type Verdict } from "./attempts.ts";

const ATTEMPTS = "attempts";
const TIMES = "times";
/** Set if the state was written since the alarm was set. */
const TOUCHED = "touched";

export class LoginAttempts extends DurableObject<Env> {
  /** Judges an attempt at `now` (epoch ms) and counts it as failed if it is allowed. */
  async begin(thresholds: Thresholds, hasMetChallenge: boolean, now: number): Promise<Verdict> {
    const { verdict, attempts } = begin(this.#attempts(), thresholds, hasMetChallenge, now);
    if (verdict.outcome === "open") await this.#keep(ATTEMPTS, attempts);
    return verdict;
  }

  /** Takes back one attempt that succeeded or did not take place. */
  async takeBack(): Promise<void> {
    await this.#keep(ATTEMPTS, takeBack(this.#attempts()));
  }

  /** Clears all failures. */
  async forgive(): Promise<void> {
    await this.#keep(ATTEMPTS, undefined);
  }

  /** Takes one unit of the allowance at `now` (epoch ms). */
  async spend(allowance: Allowance, now: number): Promise<Verdict> {
    const { verdict, times } = spend(this.#times(), allowance, now);
    if (verdict.outcome === "open") await this.#keep(TIMES, times);
    return verdict;
  }

  /** Gives back the unused unit that was taken at `time`. */
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

  /** Reads and writes without awaiting in between, so no other call interleaves. */
  async #keep(key: string, value: unknown): Promise<void> {
    const { kv } = this.ctx.storage;
    if (value === undefined) kv.delete(key);
    else kv.put(key, value);
    kv.put(TOUCHED, true);
    if ((await this.ctx.storage.getAlarm()) === null) await this.#wakeLater();
  }

  #wakeLater(): Promise<void> {
    // biome-ignore lint/plugin: alarms run by the platform's clock, not by the service's injected clock.
    return this.ctx.storage.setAlarm(Date.now() + FORGOTTEN_AFTER_MS);
  }
}

/**
 * The Durable Object of one idempotency key: a thin shell around `record.ts`. Concurrent requests are decided one after
 * another. Its state is stored before its reply is sent, and deleted after one day.
 */
import { DurableObject } from "cloudflare:workers";
import {
  type Completion,
  claim,
  complete,
  type IdempotencyState,
  LEASE_MS,
  LIFE_MS,
  type Release,
  release,
  type Verdict,
} from "./record.ts";

const STATE = "state";

export class IdempotencyRecord extends DurableObject<Env> {
  /** Decides whether the request may execute at `now`, epoch ms of the caller. */
  async claim(fingerprint: string, now: number): Promise<Verdict> {
    const before = this.#state();
    const { verdict, state } = claim(before, fingerprint, now);
    if (state !== before) this.#keep(state);
    if (verdict.outcome === "execute" && !verdict.isRetry) await this.#endLater();
    return verdict;
  }

  /** Stores the response of an attempt for replays. */
  async complete(completion: Completion): Promise<void> {
    this.#keep(complete(this.#state(), completion));
  }

  /** Ends an attempt without a response to store. */
  async release(ended: Release): Promise<void> {
    this.#keep(release(this.#state(), ended));
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  #state(): IdempotencyState | undefined {
    return this.ctx.storage.kv.get<IdempotencyState>(STATE);
  }

  /** Reading and writing happen without a wait in between, so no other call interleaves. */
  #keep(state: IdempotencyState | undefined): void {
    if (state !== undefined) this.ctx.storage.kv.put(STATE, state);
  }

  /** Each new claim moves the alarm past the end of its record. */
  #endLater(): Promise<void> {
    // biome-ignore lint/plugin: alarms use the platform's clock, not the injected one.
    return this.ctx.storage.setAlarm(Date.now() + LIFE_MS + LEASE_MS);
  }
}

/**
 * The Durable Object of one idempotency key: a shell around record.ts. Any number of requests at once are judged one after
 * another; what it answers is on disk before the answer leaves. A day later it forgets everything.
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
  /** Asks whether the request may go on at `now`, epoch ms of the caller. */
  async claim(fingerprint: string, now: number): Promise<Verdict> {
    const before = this.#state();
    const { verdict, state } = claim(before, fingerprint, now);
    if (state !== before) this.#keep(state);
    if (verdict.outcome === "execute" && !verdict.isRetry) await this.#endLater();
    return verdict;
  }

  /** Keeps the answer of an attempt for those who ask again. */
  async complete(completion: Completion): Promise<void> {
    this.#keep(complete(this.#state(), completion));
  }

  /** Ends an attempt without an answer to keep. */
  async release(ended: Release): Promise<void> {
    this.#keep(release(this.#state(), ended));
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  #state(): IdempotencyState | undefined {
    return this.ctx.storage.kv.get<IdempotencyState>(STATE);
  }

  /** Read and written without a wait between them: no other call comes in between. */
  #keep(state: IdempotencyState | undefined): void {
    if (state !== undefined) this.ctx.storage.kv.put(STATE, state);
  }

  /** Each life moves the alarm behind its own end. */
  #endLater(): Promise<void> {
    // biome-ignore lint/plugin: alarms run by the platform's clock, whatever the service's own says.
    return this.ctx.storage.setAlarm(Date.now() + LIFE_MS + LEASE_MS);
  }
}

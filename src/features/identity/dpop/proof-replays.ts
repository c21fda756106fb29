/**
 * The Durable Object that remembers which proofs of one key were used. It is exact under concurrency, because one
 * object handles the calls one after another, and its state survives eviction. It drops proofs that are too old to be
 * accepted, and its own state once the key is unused.
 */
import { DurableObject } from "cloudflare:workers";

/** Longer than any proof is remembered. */
const QUIET_MS = 300_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS proofs (jti TEXT NOT NULL PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS proofs_by_expiry ON proofs (expires_at);
`;

export class ProofReplays extends DurableObject<Env> {
  /** Uses the proof: true the first time, then false until `expiresAt`. Times are epoch ms of the caller's clock. */
  async use(jti: string, expiresAt: number, now: number): Promise<boolean> {
    const { sql } = this.ctx.storage;
    sql.exec(SCHEMA);
    sql.exec("DELETE FROM proofs WHERE expires_at <= ?", now);
    const written = sql.exec("INSERT INTO proofs VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING jti", jti, expiresAt);
    const isFirst = written.toArray().length === 1;
    await this.#endWhenQuiet();
    return isFirst;
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  /** Moves the alarm rarely, because each move is a write. */
  async #endWhenQuiet(): Promise<void> {
    // biome-ignore lint/plugin: alarms run by the platform's clock, not by the caller's
    const now = Date.now();
    const due = await this.ctx.storage.getAlarm();
    if (due === null || due < now + QUIET_MS) await this.ctx.storage.setAlarm(now + 2 * QUIET_MS);
  }
}

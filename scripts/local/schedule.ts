/**
 * Runs the cron triggers of wrangler.toml locally, where the runtime does not run them. Each is sent to the Worker when
 * it is due. A failed run is logged and does not affect the next one.
 */
import type { Miniflare } from "miniflare";
import { messageOf } from "./start-failure.ts";

const MINUTE_MS = 60_000;
const EVERY_MINUTE = "* * * * *";

/** The minutes between two runs of each trigger. wrangler.toml uses only these forms. */
const TRIGGERS: readonly { readonly cron: string; readonly minutes: number }[] = [
  { cron: EVERY_MINUTE, minutes: 1 },
  { cron: "*/15 * * * *", minutes: 15 },
];

/** The triggers that are due in the minute that begins at `time`, in epoch ms. */
export function dueAt(time: number): string[] {
  const minute = Math.floor(time / MINUTE_MS);
  return TRIGGERS.filter(({ minutes }) => minute % minutes === 0).map(({ cron }) => cron);
}

/** The path at which Miniflare's own front server accepts scheduled events. The service's port does not serve it. */
const HANDLER = "http://schedule/cdn-cgi/local/scheduled";

/** Runs the triggers of every minute immediately, then all triggers on schedule. Returns a function that stops it. */
export function startSchedule(miniflare: Miniflare, log: (line: string) => void): () => void {
  let timer: NodeJS.Timeout;
  let isStopped = false;
  function waitForMinute(): void {
    const next = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
    timer = setTimeout(() => {
      start(dueAt(next), next);
      waitForMinute();
    }, next - Date.now());
    timer.unref();
  }
  async function run(cron: string, time: number): Promise<void> {
    // Miniflare's handle of the Worker would block this thread. The runtime blocks when this thread does not read its
    // output, so under load both would wait for each other forever.
    const query = new URLSearchParams({ cron, time: String(time) });
    const response = await miniflare.dispatchFetch(`${HANDLER}?${query}`);
    const outcome = await response.text();
    if (!response.ok) throw new Error(outcome);
  }
  function start(crons: readonly string[], time: number): void {
    for (const cron of crons) {
      run(cron, time).catch((error: unknown) => {
        if (!isStopped) log(`the scheduled run failed: ${messageOf(error)}`);
      });
    }
  }
  start([EVERY_MINUTE], Date.now());
  waitForMinute();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

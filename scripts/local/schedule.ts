/**
 * The triggers of wrangler.toml on this machine, where the runtime has no clock of its own: each of them is sent to the Worker
 * when it is due. A run that fails is a line of the log, and the next one comes all the same.
 */
import type { Miniflare } from "miniflare";
import { messageOf } from "./start-failure.ts";

const MINUTE_MS = 60_000;
const EVERY_MINUTE = "* * * * *";

/** How many minutes lie between two runs of a trigger. Those of wrangler.toml have no other forms. */
const TRIGGERS: readonly { readonly cron: string; readonly minutes: number }[] = [
  { cron: EVERY_MINUTE, minutes: 1 },
  { cron: "*/15 * * * *", minutes: 15 },
];

/** The triggers that are due in the minute which begins at `time`, in epoch ms. */
export function dueAt(time: number): string[] {
  const minute = Math.floor(time / MINUTE_MS);
  return TRIGGERS.filter(({ minutes }) => minute % minutes === 0).map(({ cron }) => cron);
}

/** What Miniflare's handle of a Worker has, which its types do not tell. */
interface ScheduledWorker {
  scheduled(options: { readonly cron: string; readonly scheduledTime: Date }): Promise<unknown>;
}

/** Begins at once with what is due every minute, and goes on with the next full minute. Returns what stops it. */
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
    const worker = (await miniflare.getWorker("sluice")) as unknown as ScheduledWorker; // as Miniflare makes it
    await worker.scheduled({ cron, scheduledTime: new Date(time) });
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

/**
 * Progress of long steps, and the decision when waiting is pointless. A machine can be slow, so time alone ends
 * nothing: a step fails only if its process has used no CPU time for two minutes.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

/** The interval between progress messages. */
const REPORT_EVERY_MS = 5_000;

/** The longest time that a process can be idle before it counts as stalled. */
export const IDLE_LIMIT_MS = 120_000;

/** An idle process uses less CPU time than this for its timers. */
const WORK_MS = 100;

/** The maximum wait if CPU time cannot be measured. */
const UNMEASURED_LIMIT_MS = 900_000;

/** Waits for a step and reports progress every few seconds: `still building the worker (10 s)`. */
export async function reported<T>(step: string, work: Promise<T>, log: (line: string) => void): Promise<T> {
  const began = performance.now();
  const timer = setInterval(() => {
    log(`still ${step} (${Math.round((performance.now() - began) / 1000)} s)`);
  }, REPORT_EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** Detects a stalled process from samples of its CPU time. Pure: the caller supplies the clock. */
export class WorkWatch {
  #progressAt: number;
  #work: number | undefined;

  /** `now` in milliseconds, from any monotonic clock. */
  constructor(now: number) {
    this.#progressAt = now;
  }

  /** Whether the process has been idle for too long. `workMs`: its CPU time; undefined if unknown. */
  isStalled(now: number, workMs: number | undefined): boolean {
    if (workMs === undefined) return now - this.#progressAt > UNMEASURED_LIMIT_MS;
    if (this.#work === undefined || workMs - this.#work >= WORK_MS) {
      this.#work = workMs;
      this.#progressAt = now;
    }
    return now - this.#progressAt > IDLE_LIMIT_MS;
  }
}

/** Resolves when the process has stalled. Stops watching when the signal aborts. */
export function untilStalled(processId: () => number | undefined, signal: AbortSignal): Promise<void> {
  const watch = new WorkWatch(performance.now());
  return new Promise((resolve) => {
    const timer = setInterval(async () => {
      const id = processId();
      const work = id === undefined ? undefined : await processorTimeOf(id);
      if (watch.isStalled(performance.now(), work)) resolve();
    }, REPORT_EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  });
}

/** CPU time in milliseconds; undefined if the system does not report it. */
async function processorTimeOf(processId: number): Promise<number | undefined> {
  try {
    // The name can contain spaces and is in parentheses. After it, utime and stime are fields 12 and 13, in hundredths.
    const text = await readFile(`/proc/${processId}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return processorTimeByPs(processId);
  }
}

/** The format of `ps` is `[[dd-]hh:]mm:ss[.cc]`. */
function processorTimeByPs(processId: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile("ps", ["-o", "time=", "-p", String(processId)], (error, stdout) => {
      const parts = stdout.trim().split(/[-:]/).map(Number);
      const isTime = error === null && parts.length >= 2 && parts.every(Number.isFinite);
      const seconds = parts.reduce((sum, part, index) => sum * (parts.length === 4 && index === 1 ? 24 : 60) + part, 0);
      resolve(isTime ? seconds * 1000 : undefined);
    });
  });
}

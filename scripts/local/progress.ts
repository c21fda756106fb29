/**
 * What a person sees of steps that take long, and when waiting for one has no point any more. A machine may be slow, so
 * time alone ends nothing: a step is given up only when what it waits for has used no processor for two minutes.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

/** How often a step that takes long says so. */
const REPORT_EVERY_MS = 5_000;

/** For how long a process may do nothing while it is waited for. */
export const IDLE_LIMIT_MS = 120_000;

/** Less than this is what an idle process uses for its timers. */
const WORK_MS = 100;

/** The most that is waited for a process whose work cannot be measured. */
const UNMEASURED_LIMIT_MS = 900_000;

/** Waits for a step, and says every few seconds that it is not done: `still building the worker (10 s)`. */
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

/** Tells from samples of a process's work whether it still gets anywhere. Pure: the caller brings the clock. */
export class WorkWatch {
  #progressAt: number;
  #work: number | undefined;

  /** `now` in milliseconds, of any clock that only goes forward. */
  constructor(now: number) {
    this.#progressAt = now;
  }

  /** Whether the process has done nothing for too long. `workMs`: its processor time; undefined where it is unknown. */
  isStalled(now: number, workMs: number | undefined): boolean {
    if (workMs === undefined) return now - this.#progressAt > UNMEASURED_LIMIT_MS;
    if (this.#work === undefined || workMs - this.#work >= WORK_MS) {
      this.#work = workMs;
      this.#progressAt = now;
    }
    return now - this.#progressAt > IDLE_LIMIT_MS;
  }
}

/** Resolves when the process has stalled; ends with the signal. */
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

/** Milliseconds; undefined where the system does not tell. */
async function processorTimeOf(processId: number): Promise<number | undefined> {
  try {
    // The name, which may have blanks, is in parentheses. Then utime and stime are the 12th and 13th, in hundredths.
    const text = await readFile(`/proc/${processId}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return processorTimeByPs(processId);
  }
}

/** `ps` says `[[dd-]hh:]mm:ss[.cc]`. */
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

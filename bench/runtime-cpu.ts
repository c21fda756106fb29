/**
 * The CPU time of this process's Workers runtimes. On a shared machine it is more stable than requests per second.
 * Requires /proc.
 */
import { readdirSync, readFileSync } from "node:fs";

/** The unit of the kernel's counters. */
const MS_PER_TICK = 10;

/** CPU time in milliseconds of all runtimes of this process; NaN if the system does not report it. */
export function runtimeCpuMs(): number {
  try {
    const processes = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name));
    return processes.map(ticksOfRuntime).reduce((sum, ticks) => sum + ticks, 0) * MS_PER_TICK;
  } catch {
    return Number.NaN;
  }
}

function ticksOfRuntime(id: string): number {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
    return stat.includes("(workerd)") && parent === process.pid ? (user ?? 0) + (system ?? 0) : 0;
  } catch {
    // The process has ended in the meantime.
    return 0;
  }
}

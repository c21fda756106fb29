/**
 * The processor time that the Workers runtime of this process has used: steadier on a shared machine than requests per
 * second. Only where there is a /proc.
 */
import { readdirSync, readFileSync } from "node:fs";

/** What the kernel counts in. */
const MS_PER_TICK = 10;

/** Milliseconds of all runtimes that this process has started; NaN where the system does not tell. */
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
    // It has ended meanwhile.
    return 0;
  }
}

/** A waiting time for people, such as "6 minutes", rounded up. Pure. */
export function waitingTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return "a moment";
  if (seconds < 120) return counted(Math.max(1, Math.ceil(seconds)), "second");
  if (seconds < 7_200) return counted(Math.ceil(seconds / 60), "minute");
  return counted(Math.ceil(seconds / 3_600), "hour");
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

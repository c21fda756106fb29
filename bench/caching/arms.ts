/** The arms of the comparison. The same readers send the same requests at the same pace. Only their caches differ. */

export interface Arm {
  readonly name: "A" | "B" | "C";
  readonly title: string;
  readonly service: "without" | "with";
  readonly keepsTags: boolean;
}

export const ARMS: readonly [Arm, Arm, Arm] = [
  { name: "A", title: "A  no caching", service: "without", keepsTags: false },
  { name: "B", title: "B  clients' ETags only", service: "without", keepsTags: true },
  { name: "C", title: "C  edge cache and ETags", service: "with", keepsTags: true },
];

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

/** The reduction of `value` relative to `base`: `87.3 %`. */
export function saved(value: number, base: number): string {
  return value === base ? "" : `${(100 * (1 - value / base)).toFixed(1)} %`;
}

export function line(title: string, cells: readonly string[]): string {
  return `  ${title.padEnd(30)}${cells.map((cell) => cell.padStart(11)).join("")}`;
}

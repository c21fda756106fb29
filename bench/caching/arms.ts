/** What is held against each other. The same readers ask for the same at the same pace; only what they keep differs. */

export interface Arm {
  readonly name: "A" | "B" | "C";
  readonly title: string;
  readonly service: "without" | "with";
  readonly keepsTags: boolean;
}

export const ARMS: readonly [Arm, Arm, Arm] = [
  { name: "A", title: "A  no caching", service: "without", keepsTags: false },
  { name: "B", title: "B  clients' ETags alone", service: "without", keepsTags: true },
  { name: "C", title: "C  as it is: edge and ETags", service: "with", keepsTags: true },
];

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

/** How much less `value` is than `base`: `87.3 %`. */
export function saved(value: number, base: number): string {
  return value === base ? "" : `${(100 * (1 - value / base)).toFixed(1)} %`;
}

export function line(title: string, cells: readonly string[]): string {
  return `  ${title.padEnd(30)}${cells.map((cell) => cell.padStart(11)).join("")}`;
}

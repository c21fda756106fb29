/** The progress line and the summary of a soak. Pure. */
import type { Ledger } from "./ledger.ts";
import type { SoakProgress, SoakResult } from "./soak.ts";

/** More faults than this add no information. */
const SHOWN_FAULTS = 20;

const KINDS = ["place", "pay", "cancel", "refund"] as const;

export function progressLine({ phase, seconds, kills, ledger }: SoakProgress, total: number): string {
  if (phase === "opening") return "building, seeding and starting the service";
  const where = phase === "closing" ? "repeating open requests" : `${clock(seconds)} of ${clock(total)}`;
  const orders = acceptedOf(ledger, "place");
  return [
    where,
    `${count(ledger.countOf("requests"))} requests`,
    `${count(orders)} orders`,
    `${count(ledger.countOf("replays"))} replays`,
    `${count(ledger.countOf("429"))} × 429`,
    plural(kills, "kill"),
    plural(ledger.faults.length, "fault"),
  ].join(", ");
}

export function summary(result: SoakResult, seed: number): string {
  const { seconds, kills, ledger, orders, faults, lastLines } = result;
  const rows: [string, number][] = [
    ["requests", ledger.countOf("requests")],
    ["  replays", ledger.countOf("replays")],
    ["  409, in progress", ledger.countOf("in progress")],
    ["  429, retried", ledger.countOf("429")],
    ["  500 and 503", ledger.countOf("500") + ledger.countOf("503")],
    ["  disconnected by the client", ledger.countOf("hung up")],
    ["  no response: the service was down", ledger.countOf("no answer")],
    ["keys with a final response", ledger.outcomes.length],
    ...KINDS.map((kind): [string, number] => [`  ${kind}: accepted`, acceptedOf(ledger, kind)]),
    ["  refused: out of stock", refusedFor(ledger, true)],
    ["  refused: invalid transition", refusedFor(ledger, false)],
    ["orders in the database", orders],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const table = rows.map(([name, value]) => `  ${name.padEnd(width)}${count(value).padStart(10)}`);
  return [
    `Soaked for ${clock(seconds)}, ${plural(kills, "kill")}, seed ${seed}.`,
    "",
    ...table,
    "",
    ...(faults.length === 0 ? [HELD] : broken(faults, lastLines, seed)),
  ].join("\n");
}

const HELD =
  "Held: each accepted key has exactly one effect; no stock is below zero; no unit or cent was created or lost.";

function broken(faults: readonly string[], lastLines: readonly string[], seed: number): string[] {
  const more = faults.length > SHOWN_FAULTS ? [`  … and ${count(faults.length - SHOWN_FAULTS)} more`] : [];
  return [
    `BROKEN: ${plural(faults.length, "fault")}. --seed ${seed} repeats the clients' choices.`,
    ...faults.slice(0, SHOWN_FAULTS).map((fault) => `  ${fault}`),
    ...more,
    ...(lastLines.length === 0 ? [] : ["", "Last output of the service:", ...lastLines.map((line) => `  ${line}`)]),
  ];
}

function acceptedOf(ledger: Ledger, wanted: (typeof KINDS)[number]): number {
  return ledger.outcomes.filter(({ kind, isAccepted }) => isAccepted && kind === wanted).length;
}

/** Only placing an order can be refused as out of stock. */
function refusedFor(ledger: Ledger, isPlacing: boolean): number {
  return ledger.outcomes.filter(({ kind, isAccepted }) => !isAccepted && (kind === "place") === isPlacing).length;
}

/** 83 seconds: `1:23`. */
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

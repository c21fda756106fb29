/** What a soak shows while it runs, and at its end. Pure text. */
import type { Ledger } from "./ledger.ts";
import type { SoakProgress, SoakResult } from "./soak.ts";

/** More faults than that say nothing more. */
const SHOWN_FAULTS = 20;

const KINDS = ["place", "pay", "cancel", "refund"] as const;

export function progressLine({ phase, seconds, kills, ledger }: SoakProgress, total: number): string {
  if (phase === "opening") return "building, seeding and starting the service";
  const where = phase === "closing" ? "sending again what is open" : `${clock(seconds)} of ${clock(total)}`;
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
    ["  409, still in progress", ledger.countOf("in progress")],
    ["  429, waited for", ledger.countOf("429")],
    ["  500 and 503", ledger.countOf("500") + ledger.countOf("503")],
    ["  hung up by the client", ledger.countOf("hung up")],
    ["  not answered: the service was dead", ledger.countOf("no answer")],
    ["keys answered for good", ledger.told.length],
    ...KINDS.map((kind): [string, number] => [`  ${kind}: accepted`, acceptedOf(ledger, kind)]),
    ["  refused: out of stock", refusedFor(ledger, true)],
    ["  refused: not possible any more", refusedFor(ledger, false)],
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

const HELD = "Held: each accepted key has exactly one effect; no stock below zero; no unit and no cent made or lost.";

function broken(faults: readonly string[], lastLines: readonly string[], seed: number): string[] {
  const more = faults.length > SHOWN_FAULTS ? [`  … and ${count(faults.length - SHOWN_FAULTS)} more`] : [];
  return [
    `BROKEN: ${plural(faults.length, "fault")}. --seed ${seed} lets the clients choose the same again.`,
    ...faults.slice(0, SHOWN_FAULTS).map((fault) => `  ${fault}`),
    ...more,
    ...(lastLines.length === 0 ? [] : ["", "The service said last:", ...lastLines.map((line) => `  ${line}`)]),
  ];
}

function acceptedOf(ledger: Ledger, wanted: (typeof KINDS)[number]): number {
  return ledger.told.filter(({ kind, isAccepted }) => isAccepted && kind === wanted).length;
}

/** Only an order that is placed can be out of stock. */
function refusedFor(ledger: Ledger, isPlacing: boolean): number {
  return ledger.told.filter(({ kind, isAccepted }) => !isAccepted && (kind === "place") === isPlacing).length;
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

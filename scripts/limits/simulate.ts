/**
 * `npm run limits:simulate`: 10,000 isolates in 100 locations send 100,000 requests a second with one key. One run is
 * calm, at nine tenths of the policy's refill. One is overloaded, at twice the refill. Prints a table and draws
 * docs/limits.svg in about a minute. Every run has the same figures. A number as argument divides the size and skips the
 * drawing.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_DIRECTORY } from "../wrangler-command.ts";
import { drawPlot } from "./plot.ts";
import { type Result, type Scenario, type Second, simulate } from "./simulation.ts";

const PLOT = join(PROJECT_DIRECTORY, "docs", "limits.svg");
const RAMP_SECONDS = 30;
const SECONDS = 50;

const divisor = Number(process.argv[2] ?? 1);
const results = [await run("calm", 100_000 / 0.9), await run("overload", 50_000)];
console.log(table(results));
if (divisor === 1) writeFileSync(PLOT, drawPlot(results));

function run(name: string, refillPerSecond: number): Promise<Result> {
  const scenario: Scenario = {
    name,
    rule: { capacity: Math.round((2 * refillPerSecond) / divisor), refillPerSecond: refillPerSecond / divisor },
    isolates: 10_000 / divisor,
    locations: Math.ceil(100 / divisor),
    requestsPerSecond: 100_000 / divisor,
    seconds: SECONDS,
    rampSeconds: RAMP_SECONDS,
  };
  return simulate(scenario);
}

function table(results: readonly Result[]): string {
  const rows = [
    ["", ...results.map(({ scenario }) => scenario.name)],
    ["policy: capacity", ...results.map(({ scenario }) => count(scenario.rule.capacity))],
    ["policy: refill per second", ...results.map(({ scenario }) => count(scenario.rule.refillPerSecond))],
    ["requests", ...of(results, ({ requests }) => requests)],
    ["admitted", ...of(results, ({ admitted }) => admitted)],
    ["admitted by one exact bucket", ...of(results, ({ admittedExactly }) => admittedExactly)],
    ["share of that", ...results.map((result) => percent(sum(result, "admitted") / sum(result, "admittedExactly")))],
    [
      "the same, at full load",
      ...results.map((result) =>
        percent(sum(atFullLoad(result), "admitted") / sum(atFullLoad(result), "admittedExactly")),
      ),
    ],
    ["lowest distance to the bound, tokens", ...results.map(({ lowest }) => count(Math.floor(lowest)))],
    ["refused", ...of(results, ({ refused }) => refused)],
    ["refused by one exact bucket", ...of(results, ({ requests, admittedExactly }) => requests - admittedExactly)],
    ["still waiting at the end", ...of(results, ({ requests, admitted, refused }) => requests - admitted - refused)],
    ["longest wait for a response, ms", ...results.map(({ longestWaitMs }) => count(longestWaitMs))],
    ["most calls per second to the global object", ...results.map((result) => count(most(result, "globalCalls")))],
    ["the same, at full load", ...results.map((result) => count(most(atFullLoad(result), "globalCalls")))],
    ["most calls per second to a location's object", ...results.map((result) => count(most(result, "locationCalls")))],
    ["global calls per 1,000 requests", ...results.map((result) => (1000 * share(atFullLoad(result))).toFixed(1))],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[index] ?? 0) + 2)))
        .join(""),
    )
    .join("\n");
}

/** The seconds in which all isolates are active. */
function atFullLoad(result: Result): Result {
  return { ...result, seconds: result.seconds.slice(RAMP_SECONDS) };
}

function share(result: Result): number {
  return sum(result, "globalCalls") / sum(result, "requests");
}

function of(results: readonly Result[], read: (second: Second) => number): string[] {
  return results.map(({ seconds }) => count(seconds.reduce((total, second) => total + read(second), 0)));
}

function sum({ seconds }: Result, member: keyof Second): number {
  return seconds.reduce((total, second) => total + second[member], 0);
}

function most({ seconds }: Result, member: keyof Second): number {
  return Math.max(...seconds.map((second) => second[member]));
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function percent(value: number): string {
  return `${(100 * value).toFixed(2)} %`;
}

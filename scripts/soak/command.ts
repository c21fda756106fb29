/**
 * Shared by the soak commands: options, a temporary directory, progress and exit codes. Exit codes: 0 if all checks
 * passed, 1 if any failed or the soak could not run, 2 for invalid arguments.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../local/start-failure.ts";

export interface SoakCommand {
  readonly usage: string;
  /** `since` gives the reason for `maximum`. */
  readonly minutes: { readonly byDefault: number; readonly maximum: number; readonly since?: string };
  /** The number of participants, and the name of its option. */
  readonly participants: { readonly option: string; readonly byDefault: number; readonly maximum: number };
  run(options: SoakOptions): Promise<SoakOutcome>;
}

export interface SoakOptions {
  readonly seconds: number;
  readonly participants: number;
  readonly seed: number;
  readonly stateDirectory: string;
  /** Shows progress. Can be called at any rate. */
  show(line: string): void;
}

export interface SoakOutcome {
  readonly summary: string;
  readonly hasPassed: boolean;
}

/** The interval between lines if the output is not a terminal. */
const LINE_EVERY_MS = 10_000;

export async function runCommand(command: SoakCommand): Promise<void> {
  let options: Pick<SoakOptions, "seconds" | "participants" | "seed"> | "help";
  try {
    options = readOptions(command);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${command.usage}`);
    process.exitCode = 2;
    return;
  }
  if (options === "help") console.log(command.usage);
  else await soak(command, options);
}

async function soak(
  command: SoakCommand,
  options: Pick<SoakOptions, "seconds" | "participants" | "seed">,
): Promise<void> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "sluice-soak-"));
  const remove = () => rmSync(stateDirectory, { recursive: true, force: true });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  process.once("exit", remove);
  const progress = progressTo(process.stderr);
  try {
    const { summary, hasPassed } = await command.run({ ...options, stateDirectory, show: progress.show });
    progress.end();
    console.log(summary);
    if (hasPassed) return;
    process.exitCode = 1;
    // Keeps the state for debugging.
    process.off("exit", remove);
    console.log(`\nThe state is kept in ${stateDirectory}.`);
  } catch (error) {
    progress.end();
    console.error(`failed with seed ${options.seed}: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

/** @throws Error with a message for the user */
function readOptions({
  minutes,
  participants,
}: SoakCommand): Pick<SoakOptions, "seconds" | "participants" | "seed"> | "help" {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: String(minutes.byDefault) },
      [participants.option]: { type: "string", default: String(participants.byDefault) },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
      help: { type: "boolean", default: false },
    },
  });
  if (values["help"] === true) return "help";
  const [length, people, seed] = [
    Number(values["minutes"]),
    Number(values[participants.option]),
    Number(values["seed"]),
  ];
  if (!(length > 0 && length <= minutes.maximum)) {
    throw new Error(`--minutes must be greater than 0 and at most ${minutes.maximum}${minutes.since ?? ""}`);
  }
  if (!Number.isInteger(people) || people < 1 || people > participants.maximum) {
    throw new Error(`--${participants.option} must be a whole number from 1 to ${participants.maximum}`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error("--seed must be a whole number");
  return { seconds: length * 60, participants: people, seed };
}

/** On a terminal, updates one line. Otherwise, prints a line at intervals. */
function progressTo(stream: NodeJS.WriteStream) {
  let writtenAt = Number.NEGATIVE_INFINITY;
  return {
    show(line: string) {
      const now = performance.now();
      if (stream.isTTY) stream.write(`\r\u001b[K${line.slice(0, stream.columns - 1)}`);
      else if (now - writtenAt >= LINE_EVERY_MS) {
        writtenAt = now;
        stream.write(`${line}\n`);
      }
    },
    end() {
      if (stream.isTTY) stream.write("\r\u001b[K");
    },
  };
}

/**
 * `npm run soak`: minutes of orders under retries, races, hang-ups and kills, against a service of its own. Exit codes:
 * 0 when the books are right, 1 when they are not or it could not be done, 2 for arguments it does not understand.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "./local/start-failure.ts";
import { progressLine, summary } from "./soak/report.ts";
import type { SoakProgress } from "./soak/soak.ts";

const USAGE = `Usage: npm run soak -- [options]

Places, pays, cancels and refunds orders from several clients that retry, race and hang up, against a service of its own
that is killed from time to time; then holds its database against all that the clients were told.

  --minutes N   how long the clients go on (default 5; 0.1 is six seconds)
  --clients N   how many there are (default 12)
  --seed N      lets them choose the same as another run did
  --help        show this text`;

/** Where lines cannot be rewritten, one is written this often. */
const LINE_EVERY_SECONDS = 10;

interface SoakArguments {
  readonly minutes: number;
  readonly clients: number;
  readonly seed: number;
}

function readArguments(): SoakArguments | "help" {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "5" },
      clients: { type: "string", default: "12" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const [minutes, clients, seed] = [Number(values.minutes), Number(values.clients), Number(values.seed)];
  if (!(minutes > 0 && minutes <= 10_000)) throw new Error("--minutes must be a number above 0");
  if (!Number.isInteger(clients) || clients < 1 || clients > 200) throw new Error("--clients must be 1 to 200");
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error("--seed must be a whole number");
  return { minutes, clients, seed };
}

/** On a terminal one line that changes, elsewhere one now and then. */
function progressTo(stream: NodeJS.WriteStream, totalSeconds: number) {
  let writtenAt = Number.NEGATIVE_INFINITY;
  return {
    show(progress: SoakProgress) {
      const line = progressLine(progress, totalSeconds);
      const now = performance.now() / 1000;
      if (stream.isTTY) stream.write(`\r\u001b[K${line.slice(0, stream.columns - 1)}`);
      else if (now - writtenAt >= LINE_EVERY_SECONDS) {
        writtenAt = now;
        stream.write(`${line}\n`);
      }
    },
    end() {
      if (stream.isTTY) stream.write("\r\u001b[K");
    },
  };
}

async function run({ minutes, clients, seed }: SoakArguments): Promise<void> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "sluice-soak-"));
  const remove = () => rmSync(stateDirectory, { recursive: true, force: true });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  process.once("exit", remove);
  const progress = progressTo(process.stderr, minutes * 60);
  try {
    // Loaded here, since it takes seconds that nobody waits for who only wants to know the usage.
    const { soak } = await import("./soak/soak.ts");
    const plan = { seed, seconds: minutes * 60, clients, stateDirectory, onProgress: progress.show };
    const result = await soak(plan);
    progress.end();
    console.log(summary(result, seed));
    if (result.faults.length === 0) return;
    process.exitCode = 1;
    // Whoever looks for the reason wants to see the rest of it.
    process.off("exit", remove);
    console.log(`\nThe state is kept in ${stateDirectory}.`);
  } catch (error) {
    progress.end();
    console.error(`not done, with seed ${seed}: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

try {
  const wanted = readArguments();
  if (wanted === "help") console.log(USAGE);
  else await run(wanted);
} catch (error) {
  console.error(`${messageOf(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}

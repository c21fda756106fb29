/**
 * `npm run soak:reads`: minutes of readers and writers side by side, against a service of its own or one that runs. Exit
 * codes: 0 when nobody was shown what they should not have been, 1 when somebody was or it could not be done, 2 for
 * arguments it does not understand.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startServer } from "./local/server.ts";
import { messageOf } from "./local/start-failure.ts";
import { DEMO_PASSWORD } from "./seed/demo.ts";
import { type ReadProgress, ReadSoak } from "./soak/reads.ts";
import { prepareShop } from "./soak/shop.ts";
import { tokenOfPerson } from "./token/obtain.ts";

const USAGE = `Usage: npm run soak:reads -- [options]

Changes products and reads them back, with readers of all kinds beside it, and holds each answer against what was written.

  --minutes N   how long it goes on (default 3; 0.1 is six seconds)
  --readers N   how many readers there are (default 12; each third has a token)
  --seed N      lets them choose the same as another run did
  --help        show this text`;

const LINE_EVERY_SECONDS = 10;
/** Two of the store's own that are written to, and three that make the walk longer. */
const STOCK = [0, 0, 7, 7, 7];
const SHOWN_FAULTS = 20;

interface Wanted {
  readonly minutes: number;
  readonly readers: number;
  readonly seed: number;
}

function readArguments(): Wanted | "help" {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "3" },
      readers: { type: "string", default: "12" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const [minutes, readers, seed] = [Number(values.minutes), Number(values.readers), Number(values.seed)];
  if (!(minutes > 0 && minutes <= 9))
    throw new Error("--minutes must be a number above 0, at most 9: tokens live for ten");
  if (!Number.isInteger(readers) || readers < 1 || readers > 100) throw new Error("--readers must be 1 to 100");
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error("--seed must be a whole number");
  return { minutes, readers, seed };
}

async function run({ minutes, readers, seed }: Wanted): Promise<void> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "sluice-soak-reads-"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  process.once("exit", () => rmSync(stateDirectory, { recursive: true, force: true }));
  process.stderr.write("building, seeding and starting the service\n");
  const shop = await prepareShop(stateDirectory, STOCK);
  const server = await startServer({ port: 0, stateDirectory, log: () => undefined });
  try {
    const asked = { origin: server.url, scope: undefined };
    const [staffToken, customerToken] = await Promise.all([
      tokenOfPerson(asked, "staff@example.com", DEMO_PASSWORD),
      tokenOfPerson(asked, "ada@example.com", DEMO_PASSWORD),
    ]);
    let writtenAt = 0;
    const result = await new ReadSoak({
      origin: server.url,
      staffToken,
      customerToken,
      products: shop.products.slice(0, 2).map(({ id }) => id),
      lists: ["/v1/products?filter[brand]=soak", "/v1/products?filter[category]=lamps&sort=-price&fields=id,stock"],
      walk: "/v1/products?filter[brand]=soak&limit=1",
      seconds: minutes * 60,
      readers,
      seed,
      onProgress(progress) {
        if (progress.seconds - writtenAt < LINE_EVERY_SECONDS) return;
        writtenAt = progress.seconds;
        process.stderr.write(`${progressLine(progress, minutes * 60)}\n`);
      },
    }).run();
    console.log(summary(result, seed));
    if (result.faults.length > 0) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

function progressLine({ seconds, counts, faults, oldestMs }: ReadProgress, total: number): string {
  const of = (name: string) => (counts.get(name) ?? 0).toLocaleString("en-US");
  return `${seconds.toFixed(0)} of ${total.toFixed(0)} s, ${of("requests")} requests, ${of("writes")} writes, oldest ${oldestMs.toFixed(0)} ms, ${faults.length} faults`;
}

function summary({ seconds, counts, faults, oldestMs }: ReadProgress, seed: number): string {
  const rows = [...counts].sort(([a], [b]) => a.localeCompare(b));
  const table = rows.map(([name, count]) => `  ${name.padEnd(24)}${count.toLocaleString("en-US").padStart(10)}`);
  const end =
    faults.length === 0
      ? [
          "Held: no caller with credentials or a bookmark was shown a superseded state; each tag stands for one content; no walk went back.",
          `The oldest state that anybody else was shown had been superseded for ${oldestMs.toFixed(0)} ms.`,
        ]
      : [`BROKEN: ${faults.length} faults.`, ...faults.slice(0, SHOWN_FAULTS).map((fault) => `  ${fault}`)];
  return [`Read and written for ${seconds.toFixed(0)} s, seed ${seed}.`, "", ...table, "", ...end].join("\n");
}

try {
  const wanted = readArguments();
  if (wanted === "help") console.log(USAGE);
  else await run(wanted);
} catch (error) {
  console.error(messageOf(error));
  if (error instanceof Error && /^--|Unknown option|Unexpected argument/.test(error.message)) {
    console.error(`\n${USAGE}`);
    process.exitCode = 2;
  } else process.exitCode = 1;
}

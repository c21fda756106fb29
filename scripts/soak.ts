/**
 * `npm run soak`: places orders under retries, races, disconnects and kills, against its own service, for some minutes.
 */
import { runCommand } from "./soak/command.ts";
import { progressLine, summary } from "./soak/report.ts";

const USAGE = `Usage: npm run soak -- [options]

Places, pays, cancels and refunds orders from several clients that retry, race and disconnect, while their service is killed
repeatedly. Then checks the database against all responses.

  --minutes N   the duration (default 5; 0.1 is six seconds)
  --clients N   the number of clients (default 12)
  --seed N      repeats the choices of another run
  --help        show this text`;

await runCommand({
  usage: USAGE,
  minutes: { byDefault: 5, maximum: 10_000 },
  participants: { option: "clients", byDefault: 12, maximum: 200 },
  async run({ seconds, participants: clients, seed, stateDirectory, show }) {
    // Loaded here because it takes seconds, which `--help` does not need.
    const { soak } = await import("./soak/soak.ts");
    const onProgress = (progress: Parameters<typeof progressLine>[0]) => show(progressLine(progress, seconds));
    const result = await soak({ seed, seconds, clients, stateDirectory, onProgress });
    return { summary: summary(result, seed), hasPassed: result.faults.length === 0 };
  },
});

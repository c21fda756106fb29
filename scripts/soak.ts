/** `npm run soak`: minutes of orders under retries, races, hang-ups and kills, against a service of its own. */
import { runCommand } from "./soak/command.ts";
import { progressLine, summary } from "./soak/report.ts";

const USAGE = `Usage: npm run soak -- [options]

Places, pays, cancels and refunds orders from several clients that retry, race and hang up, against a service of its own
that is killed from time to time; then holds its database against all that the clients were told.

  --minutes N   how long the clients go on (default 5; 0.1 is six seconds)
  --clients N   how many there are (default 12)
  --seed N      lets them choose the same as another run did
  --help        show this text`;

await runCommand({
  usage: USAGE,
  minutes: { usual: 5, atMost: 10_000 },
  crowd: { option: "clients", usual: 12, atMost: 200 },
  async run({ seconds, crowd: clients, seed, stateDirectory, show }) {
    // Loaded here, since it takes seconds that nobody waits for who only wants to know the usage.
    const { soak } = await import("./soak/soak.ts");
    const onProgress = (progress: Parameters<typeof progressLine>[0]) => show(progressLine(progress, seconds));
    const result = await soak({ seed, seconds, clients, stateDirectory, onProgress });
    return { summary: summary(result, seed), hasHeld: result.faults.length === 0 };
  },
});

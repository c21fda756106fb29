/** `npm run soak:reads`: runs concurrent readers and writers against its own service for some minutes. */
import { runCommand, type SoakOptions } from "./soak/command.ts";
import type { ReadProgress } from "./soak/reads.ts";

const USAGE = `Usage: npm run soak:reads -- [options]

Changes products and reads them back, with concurrent readers of all kinds, and checks each response against the writes.

  --minutes N   the duration (default 3; 0.1 is six seconds)
  --readers N   the number of readers (default 12; every third one has a token)
  --seed N      repeats the choices of another run
  --help        show this text`;

/** Two products that are written to, and three that make the walk longer. */
const STOCK = [0, 0, 7, 7, 7];
const SHOWN_FAULTS = 20;

await runCommand({
  usage: USAGE,
  minutes: { byDefault: 3, maximum: 9, since: ", because tokens are valid for ten" },
  participants: { option: "readers", byDefault: 12, maximum: 100 },
  run: soakReads,
});

async function soakReads({ seconds, participants: readers, seed, stateDirectory, show }: SoakOptions) {
  show("building, seeding and starting the service");
  // Loaded here because it takes seconds, which `--help` does not need.
  const { startServer } = await import("./local/server.ts");
  const { DEMO_PASSWORD } = await import("./seed/demo.ts");
  const { ReadSoak } = await import("./soak/reads.ts");
  const { prepareShop } = await import("./soak/shop.ts");
  const { tokenOfPerson } = await import("./token/obtain.ts");
  const shop = await prepareShop(stateDirectory, STOCK);
  const server = await startServer({ port: 0, stateDirectory, log: () => undefined });
  try {
    const request = { origin: server.url, scope: undefined };
    const [staffToken, customerToken] = await Promise.all([
      tokenOfPerson(request, "staff@example.com", DEMO_PASSWORD),
      tokenOfPerson(request, "ada@example.com", DEMO_PASSWORD),
    ]);
    const result = await new ReadSoak({
      origin: server.url,
      staffToken,
      customerToken,
      products: shop.products.slice(0, 2).map(({ id }) => id),
      lists: ["/v1/products?filter[brand]=soak", "/v1/products?filter[category]=lamps&sort=-price&fields=id,stock"],
      walk: "/v1/products?filter[brand]=soak&limit=1",
      seconds,
      readers,
      seed,
      onProgress: (progress) => show(progressLine(progress, seconds)),
    }).run();
    return { summary: summary(result, seed), hasPassed: result.faults.length === 0 };
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
          "Held: no caller with credentials or a bookmark saw a superseded state; each ETag stands for one content; no walk went back in time.",
          `The oldest state that an anonymous caller saw had been superseded for ${oldestMs.toFixed(0)} ms.`,
        ]
      : [`BROKEN: ${faults.length} faults.`, ...faults.slice(0, SHOWN_FAULTS).map((fault) => `  ${fault}`)];
  return [`Ran for ${seconds.toFixed(0)} s, seed ${seed}.`, "", ...table, "", ...end].join("\n");
}

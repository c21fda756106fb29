/**
 * `npm run bench:caching`: measures the benefit of ETags and the edge cache in one run, alternating between three arms:
 * without caching (A), with clients that keep only ETags (B), and the service as it is (C). It first measures the
 * database load of a polled dashboard, then the latency of readers of a frequently changing catalogue. It takes 90
 * seconds. Server and clients share the machine, so compare rows only with each other; on a busy machine, trust only
 * the counts.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogueText, readCatalogue } from "./caching/catalogue.ts";
import { hangUp } from "./caching/client.ts";
import { type CountedService, startServices } from "./caching/counted-service.ts";
import { dashboardText, pollDashboards } from "./caching/dashboard.ts";
import { Shopkeeper } from "./caching/shopkeeper.ts";

/** The latency between a location and the database's region on the same continent. */
const FAR_MS = 15;

const directory = mkdtempSync(join(tmpdir(), "bench-caching-"));
process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
const services = await startServices(directory, { without: { SLUICE_EDGE: "off" }, with: { SLUICE_EDGE: "on" } });
try {
  const stores = { without: await storeOf(services.without), with: await storeOf(services.with) };
  console.log(dashboardText(await pollDashboards(stores)));
  console.log(catalogueText(await readCatalogue(stores), "the database beside the service"));
  await Promise.all(Object.values(services).map((service) => service.moveDatabase(FAR_MS)));
  console.log(catalogueText(await readCatalogue(stores), `the database ${FAR_MS} ms away`));
} finally {
  hangUp();
  await Promise.all(Object.values(services).map((service) => service.stop()));
}

async function storeOf(service: CountedService) {
  return { service, shopkeeper: await Shopkeeper.of(service.origin) };
}

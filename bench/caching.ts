/**
 * `npm run bench:caching`: what entity tags and the edge cache are worth, in one run and turn by turn: without caching (A),
 * with clients that keep tags and nothing else (B), and as the service is (C). First what a polled dashboard costs the
 * database, then how long readers of a frequently changing catalogue wait. It takes a minute and a half. Server and clients
 * share the machine, so compare the rows with each other; where the machine has other work, only the counts can be trusted.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogueText, readCatalogue } from "./caching/catalogue.ts";
import { hangUp } from "./caching/client.ts";
import { type CountedService, startServices } from "./caching/counted-service.ts";
import { dashboardText, pollDashboards } from "./caching/dashboard.ts";
import { Shopkeeper } from "./caching/shopkeeper.ts";

/** Between a location and the database's region, where they are on one continent. */
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

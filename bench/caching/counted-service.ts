/**
 * The service as deployed, with a D1 binding that counts queries, rows read and the time that requests wait for them. A
 * header of each request selects the account that is charged. Work after the response also counts.
 */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bundle, bundleWorker } from "../../scripts/local/bundle.ts";
import { openDatabase } from "../../scripts/local/database.ts";
import { applyMigrations } from "../../scripts/local/migrate.ts";
import { startWorker, stopMiniflare } from "../../scripts/local/runtime.ts";
import { seedEmptyStore } from "../../scripts/local/seed.ts";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler-command.ts";

/** The header that selects the account of a request. */
export const ACCOUNT_HEADER = "X-Bench-Account";

export interface Load {
  readonly requests: number;
  /** A batch counts as one. */
  readonly roundTrips: number;
  readonly rowsRead: number;
  /** The time that requests wait, in milliseconds. */
  readonly waited: number;
}

export interface CountedService {
  readonly origin: string;
  /** The counts since the last call, by account. */
  takeCounts(): Promise<Readonly<Record<string, Load>>>;
  /** Adds this latency to each database call from now on. */
  moveDatabase(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Wraps the entry of the bundle. It omits rate limiting: the platform counts in memory, but Miniflare writes to a
 * database for each request. Some results do not report the rows read. Each distinct statement of these runs once more
 * when the counts are read.
 */
const COUNTING_ENTRY = `
  import service from "./worker.js";
  export * from "./worker.js";

  const inner = Symbol();
  let accounts = new Map();
  let distanceMs = 0;

  function accountOf(name) {
    if (!accounts.has(name)) accounts.set(name, { requests: 0, roundTrips: 0, rowsRead: 0, waited: 0, unreported: new Map() });
    return accounts.get(name);
  }

  function counted(source, database, account) {
    async function measured(call) {
      account().roundTrips += 1;
      const startedAt = Date.now();
      try {
        if (distanceMs > 0) await new Promise((resolve) => setTimeout(resolve, distanceMs));
        return await call();
      } finally {
        account().waited += Date.now() - startedAt;
      }
    }
    const addRowsRead = (result) => ((account().rowsRead += result.meta.rows_read ?? 0), result);
    const statement = (query, values) => {
      const bound = source.prepare(query).bind(...values);
      return {
        [inner]: bound,
        bind: (...more) => statement(query, more),
        all: async () => addRowsRead(await measured(() => bound.all())),
        run: async () => addRowsRead(await measured(() => bound.run())),
        raw: async (...options) => {
          const key = JSON.stringify([query, values]);
          const known = account().unreported.get(key) ?? { again: database.prepare(query).bind(...values), times: 0 };
          account().unreported.set(key, { ...known, times: known.times + 1 });
          return measured(() => bound.raw(...options));
        },
      };
    };
    return {
      prepare: (query) => statement(query, []),
      batch: async (statements) =>
        (await measured(() => source.batch(statements.map((one) => one[inner])))).map(addRowsRead),
      withSession: (start) => counted(database.withSession(start), database, account),
      getBookmark: () => source.getBookmark(),
    };
  }

  async function counts() {
    const taken = accounts;
    accounts = new Map();
    const loads = {};
    for (const [name, { unreported, ...load }] of taken) {
      for (const { again, times } of unreported.values()) load.rowsRead += times * (await again.all()).meta.rows_read;
      loads[name] = load;
    }
    return Response.json(loads);
  }

  const environments = new Map();

  export default {
    fetch(request, env, context) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/bench/counts") return counts();
      if (pathname === "/bench/distance") return new Response((distanceMs = Number(searchParams.get("ms"))));
      const name = request.headers.get("${ACCOUNT_HEADER}") ?? "other";
      accountOf(name).requests += 1;
      if (!environments.has(name)) {
        const DB = counted(env.DB, env.DB, () => accountOf(name));
        environments.set(name, { ...env, DB, SHIELD: { limit: async () => ({ success: true }) } });
      }
      return service.fetch(request, environments.get(name), context);
    },
  };
`;

/** Creates a store, and a service per name with these variables on a copy of it. */
export async function startServices<Name extends string>(
  directory: string,
  variables: Readonly<Record<Name, Record<string, string>>>,
): Promise<Record<Name, CountedService>> {
  const pristine = join(directory, "pristine");
  const [bundle] = await Promise.all([bundleWithCounts(join(directory, "built")), makeStore(pristine)]);
  const started: Partial<Record<Name, CountedService>> = {};
  for (const name of Object.keys(variables) as Name[]) {
    const storageDirectory = join(directory, name);
    cpSync(pristine, storageDirectory, { recursive: true });
    started[name] = await startService(bundle, storageDirectory, variables[name]);
  }
  return started as Record<Name, CountedService>; // each of them was just started
}

async function bundleWithCounts(directory: string): Promise<Bundle> {
  const bundle = await bundleWorker(directory);
  const path = join(directory, "counting.js");
  writeFileSync(path, COUNTING_ENTRY);
  return { directory, modules: [{ type: "ESModule", path }, ...bundle.modules] };
}

async function makeStore(storageDirectory: string): Promise<void> {
  mkdirSync(storageDirectory, { recursive: true });
  const database = await openDatabase(storageDirectory);
  try {
    await applyMigrations(database, join(PROJECT_DIRECTORY, "migrations"));
    await seedEmptyStore(database, () => undefined);
    await database.batch([["UPDATE users SET plan = 'internal'"]]);
  } finally {
    await database.close();
  }
}

async function startService(
  bundle: Bundle,
  storageDirectory: string,
  variables: Record<string, string>,
): Promise<CountedService> {
  const vars = { SLUICE_ENVIRONMENT: "local", SLUICE_SECRET: "a secret of the bench, 32+ characters", ...variables };
  const options = { host: "127.0.0.1", port: 0, storageDirectory, print: () => undefined };
  const { miniflare, origin: listening } = startWorker(bundle, vars, options);
  const origin = await listening;
  return {
    origin,
    async takeCounts() {
      const response = await fetch(`${origin}/bench/counts`);
      return (await response.json()) as Record<string, Load>; // the response of the entry above
    },
    async moveDatabase(milliseconds) {
      await fetch(`${origin}/bench/distance?ms=${milliseconds}`);
    },
    stop: () => stopMiniflare(miniflare),
  };
}

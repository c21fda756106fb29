/**
 * Each test file belongs to exactly one project. `e2e` tests over real HTTP from Node. `node` runs the files listed below.
 * `workerd` runs all others inside workerd on a real D1, each file with empty storage and fresh modules.
 * `workerd-isolated` gives a file an isolate of its own.
 */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig, type TestUserConfig } from "vitest/config";

const END_TO_END = "test/{e2e,store/e2e}/**/*.test.ts";

/**
 * Tests of arithmetic and text whose code needs only the language: no binding, request, hash, URL, text encoding, timer,
 * Unicode data or locale. In Node they start ten times as fast. All other tests run in workerd, as the service does.
 */
const OF_THE_LANGUAGE = [
  "test/features/caching/preconditions.test.ts",
  "test/core/http/{correlation,entity-tag,ip-address,json-pointer,media-type,timestamp,trace-context,vary}.test.ts",
  "test/features/idempotency/{canonical-json,key,record}.test.ts",
  "test/features/identity/accounts/email.test.ts",
  "test/features/identity/attempts/{allowance,attempts}.test.ts",
  "test/features/identity/keys/rotation.test.ts",
  "test/features/limits/bucket/*.test.ts",
  "test/features/limits/{headers,refusal-alarms}.test.ts",
  "test/features/limits/object/location-bucket.test.ts",
  "test/features/limits/overload/request-slots.test.ts",
  "test/features/limits/policy/{address-keys,overrides}.test.ts",
  "test/features/paging/sort.test.ts",
  "test/features/representation/fields.test.ts",
  "test/store/orders/states.test.ts",
];

/** Tests that replace a library for the whole isolate, to count how often it is loaded. */
const LOADING = ["test/**/loading.test.ts"];

// No test waits, but a busy machine may be slow.
const PATIENCE = { testTimeout: 60_000, hookTimeout: 120_000 };

function inWorkerd(test: Pick<TestUserConfig, "include" | "exclude" | "isolate"> & { readonly name: string }) {
  const separation = test.isolate === false ? ["test/separate-files.ts"] : [];
  return {
    plugins: [
      cloudflareTest(async () => ({
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          // A copy of the database, for tests of a replica that lags behind.
          d1Databases: { REPLICA: "replica" },
          bindings: {
            SLUICE_ENVIRONMENT: "local",
            // Links in mails use the configured origin or a loopback host.
            SLUICE_PUBLIC_ORIGIN: "https://api.example.test",
            SLUICE_SECRET: "a secret of the test suite, 32+ characters",
            TEST_MIGRATIONS: await readD1Migrations("migrations"),
          },
        },
      })),
    ],
    test: {
      ...test,
      // The service serves the stylesheet, so vitest must not empty it.
      css: true,
      setupFiles: [...separation, "test/one-seed.ts", "test/setup.ts"],
      ...PATIENCE,
    },
  };
}

export default defineConfig({
  // A dependency of Koa creates functions from strings, which the platform forbids. Wrangler also bundles this file instead.
  resolve: { alias: [{ find: /^depd$/, replacement: "depd/lib/browser/index.js" }] },
  test: {
    // The number of cores. By default vitest would leave one of two idle.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "node",
          environment: "node",
          include: OF_THE_LANGUAGE,
          setupFiles: ["test/one-seed.ts", "test/language-alone.ts"],
          // These tests keep no state, so the files need no isolation.
          isolate: false,
          pool: "threads",
          ...PATIENCE,
        },
      },
      inWorkerd({
        name: "workerd",
        include: ["test/**/*.test.ts"],
        exclude: [END_TO_END, ...OF_THE_LANGUAGE, ...LOADING],
        // One isolate per worker: to start one takes longer than most files. `test/separate-files.ts` gives each file a fresh start.
        isolate: false,
      }),
      inWorkerd({ name: "workerd-isolated", include: LOADING }),
      {
        test: {
          name: "e2e",
          environment: "node",
          include: [END_TO_END],
          // These tests wait for processes and pages on the same two cores.
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
});

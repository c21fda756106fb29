/**
 * Three projects, and each test file is of exactly one: `e2e` over real HTTP, in Node; `node` what is listed below; and
 * `workerd` all others, inside workerd on the real D1, each file with its own storage.
 */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const END_TO_END = "test/e2e/**/*.test.ts";

/**
 * Tests of arithmetic and text that need nothing but the language, neither they nor what they test: no binding, no
 * request, no hash, no URL, no bytes from text, no timer, nothing of Unicode or of places. Anywhere else than in workerd
 * they start ten times as fast. Whatever is not listed runs where the service does.
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

// No test waits; a machine with other work to do may.
const PATIENCE = { testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  // A dependency of Koa makes functions of text, which the platform forbids; wrangler bundles this file of it too.
  resolve: { alias: [{ find: /^depd$/, replacement: "depd/lib/browser/index.js" }] },
  test: {
    // As many as the cores that every machine for this has; by itself it would leave one of two idle.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "node",
          environment: "node",
          include: OF_THE_LANGUAGE,
          setupFiles: ["test/one-seed.ts", "test/language-alone.ts"],
          // Nothing here keeps anything, so the files need no walls between them.
          isolate: false,
          pool: "threads",
          ...PATIENCE,
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // A copy of the store, for tests of what a replica that lags does.
              d1Databases: { REPLICA: "replica" },
              bindings: {
                SLUICE_ENVIRONMENT: "local",
                // Links in mails lead to a configured origin, or to a loopback host.
                SLUICE_PUBLIC_ORIGIN: "https://api.example.test",
                SLUICE_SECRET: "a secret of the test suite, 32+ characters",
                TEST_MIGRATIONS: await readD1Migrations("migrations"),
              },
            },
          })),
        ],
        test: {
          name: "workerd",
          include: ["test/**/*.test.ts"],
          // The stylesheet is served, so it must not be emptied.
          css: true,
          exclude: [END_TO_END, ...OF_THE_LANGUAGE],
          setupFiles: ["test/one-seed.ts", "test/setup.ts"],
          ...PATIENCE,
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: [END_TO_END],
          // They wait for processes and pages, which have the same two cores.
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
});

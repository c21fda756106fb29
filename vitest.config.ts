/** Tests inside workerd, on the real D1, each file with its own storage; and end to end over real HTTP, in Node. */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // A dependency of Koa makes functions of text, which the platform forbids; wrangler bundles this file of it too.
  resolve: { alias: [{ find: /^depd$/, replacement: "depd/lib/browser/index.js" }] },
  test: {
    // As many as the cores that every machine for this has; by itself it would leave one of two idle.
    maxWorkers: 2,
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                SLUICE_ENVIRONMENT: "local",
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
          exclude: ["test/e2e/**"],
          setupFiles: ["test/setup.ts"],
          // No test waits; a machine with other work to do may.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

/**
 * Starts a real Chromium and the real server for it. Without Chromium its tests are skipped, except in CI, where they
 * fail.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AxeResults, RunOptions } from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { freePort, start } from "./start-process.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** True if there is no browser to test with. */
export const isWithoutBrowser = CHROMIUM === undefined && process.env["CI"] !== "true";
if (isWithoutBrowser) console.warn("The pages are not tested: there is no Chromium in /usr/bin.");

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
};

/** The rules that a colour scheme can break. */
export const COLOUR_RULES: RunOptions = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };

export interface BrowserSession {
  readonly browser: Browser;
  /** The origin of the server. */
  readonly origin: string;
  /** A directory for the test's files, deleted at the end. */
  readonly directory: string;
  end(): Promise<void>;
}

/** Starts the browser, and the server with a new state. */
export async function startBrowser(): Promise<BrowserSession> {
  const directory = mkdtempSync(join(tmpdir(), "sluice-browser-"));
  const port = await freePort();
  const server = start("--port", String(port), "--state", join(directory, "state"));
  const origin = (await server.lineThatBegins("ready on ")).slice("ready on ".length);
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
  return {
    browser,
    origin,
    directory,
    async end() {
      await browser.close();
      server.child.kill("SIGTERM");
      await server.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The violations that axe finds, one line each. The page's context must bypass its CSP, which would block axe. */
export async function violationsOf(page: Page, rules: RunOptions = RULES): Promise<string[]> {
  await page.addScriptTag({ content: AXE });
  const results = await page.evaluate(
    (options) => (globalThis as unknown as { axe: { run(options: unknown): Promise<AxeResults> } }).axe.run(options), // the line above defines it
    rules,
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}

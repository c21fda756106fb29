/** Opens a page in a new browser context and collects its errors, warnings and requests to other origins. */
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { problemTypes } from "../../src/modules.ts";
import type { BrowserSession } from "./chromium.ts";

/** The documentation pages of the service. */
export const PAGES = ["/", "/docs", "/problems", ...problemTypes.map(({ name }) => `/problems/${name}`)];

/** Runs with a page of a new context. Returns errors, warnings and requests to other origins, one line each. */
export async function withPage(
  session: BrowserSession,
  options: BrowserContextOptions,
  use: (page: Page) => Promise<void>,
): Promise<string[]> {
  const context = await session.browser.newContext({ baseURL: session.origin, reducedMotion: "reduce", ...options });
  const complaints: string[] = [];
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== session.origin) complaints.push(`requested ${request.url()}`);
  });
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
  try {
    await use(await context.newPage());
  } finally {
    await context.close();
  }
  return complaints;
}

export async function openAllDetails(page: Page): Promise<void> {
  await page.locator("details").evaluateAll((found) => {
    for (const details of found) details.open = true;
  });
  if (new URL(page.url()).pathname === "/docs") {
    const count = await page.locator("section.operation").count();
    await expect.poll(() => page.locator("form.try-form").count()).toBe(count);
  }
}

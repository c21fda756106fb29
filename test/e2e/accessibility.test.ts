/**
 * Accessibility of the documentation pages: axe finds no violation on any screen size in either colour scheme, and
 * `/docs` works with the keyboard. `/docs` is checked whole in the light scheme, and otherwise by one part of each kind.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beginStage, COLOUR_RULES, isWithoutBrowser, type Stage, violationsOf } from "./chromium.ts";
import { openAllDetails, PAGES, withPage } from "./visit.ts";

const SMALL = { viewport: { width: 390, height: 844 } };

let stage: Stage;

beforeAll(async () => {
  if (!isWithoutBrowser) stage = await beginStage();
});

afterAll(async () => {
  await stage?.end();
});

/** Violations of all rules in the current colour scheme, then of the colour rules in the other. Only colours differ. */
async function violationsInBoth(page: Page, other: "light" | "dark"): Promise<string[]> {
  const found = await violationsOf(page);
  await page.emulateMedia({ colorScheme: other });
  return [...found, ...(await violationsOf(page, COLOUR_RULES))];
}

/**
 * Removes parts of /docs that repeat the structure of earlier parts. Two elements have the same structure if they and
 * all their ancestors have the same names and classes.
 */
async function keepOneOfEachKind(page: Page): Promise<void> {
  const parts = page.locator("section.operation, #responses > details, #headers tbody > tr, #schemas > details");
  const before = await parts.count();
  await parts.evaluateAll((found) => {
    const seen = new Set();
    for (const part of found) {
      const places = [part, ...part.querySelectorAll("*")].map((element) => {
        const names = [];
        for (let around = element; around !== part.parentElement; around = around.parentElement) {
          names.push(around.localName, around.open === true ? "open" : "", around.type ?? "", ...around.classList);
        }
        return names.join(" ");
      });
      if (places.every((place) => seen.has(place))) part.remove();
      for (const place of places) seen.add(place);
    }
  });
  const left = await parts.count();
  expect(left).toBeGreaterThan(10);
  expect(left).toBeLessThan(before / 2);
}

describe.skipIf(isWithoutBrowser)("axe on the documentation pages", () => {
  it.each(PAGES.filter((path) => path !== "/docs"))("finds no violation on %s", async (path) => {
    await withPage(stage, { colorScheme: "light", bypassCSP: true }, async (page) => {
      await page.goto(path);
      expect(await violationsInBoth(page, "dark")).toEqual([]);
    });
  });

  it.each([
    ["/nope", 1280],
    ["/nope", 320],
    ["/v1/rate-limit?colour=red", 390],
    ["/account/sign-out-everywhere", 390],
  ])("finds no violation on the error page of %s at %s pixels", async (path, width) => {
    const options = { colorScheme: "light", bypassCSP: true, viewport: { width, height: 844 } } as const;
    await withPage(stage, options, async (page) => {
      const response = await page.goto(path);
      expect(response?.status()).toBeGreaterThanOrEqual(400);
      expect(await violationsInBoth(page, "dark")).toEqual([]);
      expect(await page.locator(":root").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(width);
    });
  });

  // The longest of all tests, because it checks the whole page.
  it("finds no violation on /docs", { timeout: 180_000 }, async () => {
    await withPage(stage, { colorScheme: "light", bypassCSP: true }, async (page) => {
      await page.goto("/docs");
      expect(await violationsOf(page)).toEqual([]);
      await keepOneOfEachKind(page);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await violationsOf(page, COLOUR_RULES)).toEqual([]);
    });
  });

  it("finds no violation on /docs on a small screen, in one part of each kind", async () => {
    await withPage(stage, { colorScheme: "light", bypassCSP: true, ...SMALL }, async (page) => {
      await page.goto("/docs");
      await keepOneOfEachKind(page);
      expect(await violationsInBoth(page, "dark")).toEqual([]);
    });
  });

  it("finds no violation on /docs with all details open and a response shown, in one part of each kind", async () => {
    await withPage(stage, { colorScheme: "dark", bypassCSP: true }, async (page) => {
      await page.goto("/docs");
      await openAllDetails(page);
      await page.locator("#listProducts button[type=submit]").click();
      const response = page.locator("#listProducts .result strong");
      await response.waitFor();
      await keepOneOfEachKind(page);
      expect(await response.isVisible()).toBe(true);
      expect(await violationsInBoth(page, "light")).toEqual([]);
    });
  });

  it("/docs has no duplicate id and no label without a control, with all details open", async () => {
    await withPage(stage, {}, async (page) => {
      await page.goto("/docs");
      await openAllDetails(page);
      const { ids, targets } = await page.locator(":root").evaluate((root) => ({
        ids: [...root.querySelectorAll("[id]")].map(({ id }) => id),
        targets: [...root.querySelectorAll("label")].map(({ htmlFor }) => htmlFor),
      }));
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
      expect(targets.length).toBeGreaterThan(100);
      expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
    });
  });
});

describe.skipIf(isWithoutBrowser)("/docs by keyboard", () => {
  it("reaches all controls in order, visibly and without a trap", async () => {
    await withPage(stage, { viewport: { width: 1280, height: 800 } }, async (page) => {
      await page.goto("/docs");
      const root = page.locator(":root");
      const stops = await page
        .locator("a[href], summary, input, button, [tabindex='0']")
        .evaluateAll((found) => found.filter((stop) => stop.checkVisibility({ contentVisibilityAuto: true })).length);
      // Recorded in the page, because a query for each stop takes ten times as long.
      await root.evaluate((html) => {
        const indices = new Map([...html.querySelectorAll("*")].map((element, index) => [element, index]));
        const banner = html.querySelector(".banner");
        html.walk = [];
        html.ownerDocument.addEventListener("keyup", () => {
          const focused = html.ownerDocument.activeElement;
          if (focused === html.ownerDocument.body) return;
          const box = focused.getBoundingClientRect();
          html.walk.push({
            index: indices.get(focused) ?? -1,
            name: focused.outerHTML.slice(0, 120),
            text: focused.textContent,
            outline: focused.computedStyleMap().get("outline-style").toString(),
            isInWindow: box.bottom > 0 && box.top < html.clientHeight,
            isUnderBanner:
              focused.closest(".banner, .skip") === null && box.bottom <= banner.getBoundingClientRect().bottom,
          });
        });
      });
      for (let stop = 0; stop < stops; stop += 1) await page.keyboard.press("Tab");
      const walk = await root.evaluate((html) => html.walk);
      expect(walk).toHaveLength(stops);
      expect(walk[0].text).toBe("Skip to content");
      let before = -1;
      for (const place of walk) {
        expect(place.index, place.name).toBeGreaterThan(before);
        expect(place).toMatchObject({ outline: "solid", isInWindow: true, isUnderBanner: false });
        before = place.index;
      }
      // After the last stop the focus leaves the page.
      await page.keyboard.press("Tab");
      expect(await page.locator(":focus").count()).toBe(0);
    });
  });
});
